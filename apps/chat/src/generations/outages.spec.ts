import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Hold } from '@parley/contracts';
import { createLogger } from '@parley/platform';
import { HeldAnswer, oneToken, refuse, unreachable } from '../../test/held-answer.js';
import type { ChunkLog } from '../streams/chunk-log.js';
import { LiveStream } from '../readers/live-stream.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { LogWriter } from './log-writer.js';
import { firstCoverTokens } from './covering-hold.js';

describe('CoveringHold without accounting', () => {
  let answer: HeldAnswer;
  let accounting: HeldAnswer['accounting'];
  let hold: HeldAnswer['hold'];

  const build = (...limit: ConstructorParameters<typeof HeldAnswer>) => {
    answer = new HeldAnswer(...limit);
    ({ accounting, hold } = answer);
  };
  beforeEach(() => {
    jest.useFakeTimers();
    build();
  });
  afterEach(async () => {
    await answer.end();
    jest.useRealTimers();
  });

  describe('while accounting cannot be reached', () => {
    beforeEach(() => {
      accounting.refusal = unreachable;
    });

    it('lets pass what is covered, without asking for every piece', async () => {
      expect(answer.takeAtOnce(firstCoverTokens).waiting).toBeUndefined();
      await jest.advanceTimersByTimeAsync(0);
      expect(accounting.asked).toHaveLength(1);
    });

    it('waits at the bound, asks again, and goes on when it is back', async () => {
      const { waiting } = answer.takeAtOnce(100);
      await jest.advanceTimersByTimeAsync(5_000);
      expect(await answer.isPending(waiting)).toBe(true);
      expect(accounting.asked.length).toBeGreaterThan(2);
      expect(accounting.asked.length).toBeLessThan(10);
      accounting.refusal = undefined;
      await jest.advanceTimersByTimeAsync(2_000);
      expect(await waiting).toEqual({ text: oneToken });
    });

    it('gives up after 20 s, with what is covered kept', async () => {
      await answer.take(60);
      const waiting = hold.cover('x'.repeat(40));
      await jest.advanceTimersByTimeAsync(19_000);
      expect(await answer.isPending(waiting)).toBe(true);
      await jest.advanceTimersByTimeAsync(1_000);
      expect(await waiting).toEqual({ text: 'x'.repeat(16), stop: 'accounting_unavailable' });
    });

    it('gives up after 20 s also when it does not even refuse', async () => {
      accounting.isSilent = true;
      const { waiting } = answer.takeAtOnce(100);
      await jest.advanceTimersByTimeAsync(20_000);
      expect(await waiting).toEqual({ text: '', stop: 'accounting_unavailable' });
    });

    it('does not ask in a loop when a grant covers nothing more', async () => {
      accounting.refusal = undefined;
      accounting.progressHold = (_id, request) => {
        accounting.asked.push(request);
        return Promise.resolve({ max_output_tokens: firstCoverTokens } as Hold);
      };
      const { waiting } = answer.takeAtOnce(100);
      await jest.advanceTimersByTimeAsync(20_000);
      expect(await waiting).toMatchObject({ stop: 'accounting_unavailable' });
      expect(accounting.asked.length).toBeLessThan(20);
    });
  });

  it('shows what an expired hold had covered, and ends there', async () => {
    accounting.refusal = refuse('gone', 'hold_expired');
    expect(await answer.take(firstCoverTokens)).toBeUndefined();
    expect(await hold.cover(oneToken)).toEqual({ text: '', stop: 'hold_closed' });
  });

  it('ends the answer at once when the hold is no longer ours', async () => {
    accounting.refusal = refuse('conflict', 'hold_closed');
    await jest.advanceTimersByTimeAsync(30_000);
    expect(answer.stopped).toBe('hold_closed');
  });
});

const logger = createLogger('test', 'silent');
/** How long the driver looks for a server before it gives up. */
const selectionMs = 3_000;

describe('LogWriter while the database is away', () => {
  let live: LiveStream;
  let isAway: boolean;
  let tries: number;
  let writer: LogWriter;

  const append = async () => {
    tries++;
    if (!isAway) return true;
    await new Promise((resolve) => setTimeout(resolve, selectionMs));
    throw new Error('no server');
  };
  beforeEach(() => {
    jest.useFakeTimers();
    [isAway, tries] = [true, 0];
    live = new LiveStream({ _id: 'stream-1', last_seq: 0 } as StreamRecord);
    writer = new LogWriter(live, { append } as unknown as ChunkLog, logger);
  });
  afterEach(() => void jest.useRealTimers());

  const stopReason = () => live.stopReason;

  it('waits until it is back, and then goes on without a gap', async () => {
    writer.add('one ');
    await jest.advanceTimersByTimeAsync(selectionMs);
    writer.add('two');
    isAway = false;
    await jest.advanceTimersByTimeAsync(selectionMs + 1_000);
    expect([writer.logged.text, live.lastSeq, stopReason()]).toEqual(['one two', 2, undefined]);
  });

  it('[stream 21] gives up after the try that is on when five seconds are over', async () => {
    writer.add('one');
    await jest.advanceTimersByTimeAsync(5_000);
    expect(stopReason()).toBeUndefined();
    await jest.advanceTimersByTimeAsync(selectionMs);
    expect([stopReason(), writer.logged.text, live.lastSeq]).toEqual(['store_unavailable', '', 0]);
    const before = tries;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(tries).toBe(before);
  });

  it('[stream 21] gives up at once when more waits than it may keep', async () => {
    writer.add('one');
    writer.add('x'.repeat(256 * 1024 + 1));
    expect(stopReason()).toBe('store_unavailable');
    await jest.advanceTimersByTimeAsync(5_000 + selectionMs);
    await writer.flush();
    expect([writer.logged.text, writer.isComplete]).toEqual(['', false]);
  });
});
