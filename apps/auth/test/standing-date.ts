import { jest } from '@jest/globals';

const notTheDate = [
  ...(['hrtime', 'nextTick', 'performance', 'queueMicrotask'] as const),
  ...(['setImmediate', 'clearImmediate', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const),
];

/**
 * Lets `Date` stand still, and nothing else, until a test moves it: the library that counts attempts reads the time there. It begins with the
 * real time and goes forward only, because the database removes by its own clock what is over.
 */
export const standingDate = {
  stop: () => void jest.useFakeTimers({ doNotFake: notTheDate, now: Date.now() }),
  advance: (ms: number) => void jest.setSystemTime(Date.now() + ms),
  goOn: () => void jest.useRealTimers(),
};
