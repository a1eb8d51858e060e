import { jest } from '@jest/globals';

const notTheDate = [
  ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask'] as const),
  ...(['setImmediate', 'clearImmediate', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const),
];

/** Further ahead than any test takes: the database removes by its own clock what is over, and nothing of a test is over for it. */
const AHEAD_MS = 600_000;

/**
 * Lets `Date` stand still, and nothing else, until a test moves it: the library that counts attempts reads the time there. It goes
 * forward only.
 */
export const standingDate = {
  stop: () => void jest.useFakeTimers({ doNotFake: notTheDate, now: Date.now() + AHEAD_MS }),
  advance: (ms: number) => void jest.setSystemTime(Date.now() + ms),
  goOn: () => void jest.useRealTimers(),
};
