import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@parley/platform';
import type { ChunkLog } from '../streams/chunk-log.js';
import { LiveStream } from '../streams/live-stream.js';
import type { Stopped } from '../streams/stop-reason.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { LogWriter } from './log-writer.js';

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

  const stopReason = () => (live.abort.signal.reason as Stopped | undefined)?.reason;

  it('waits until it is back, and then goes on without a gap', async () => {
    writer.add('one ');
    await jest.advanceTimersByTimeAsync(selectionMs);
    writer.add('two');
    isAway = false;
    await jest.advanceTimersByTimeAsync(selectionMs + 1_000);
    expect([writer.text, live.lastSeq, stopReason()]).toEqual(['one two', 2, undefined]);
  });

  it('gives up after the try that is on when five seconds are over', async () => {
    writer.add('one');
    await jest.advanceTimersByTimeAsync(5_000);
    expect(stopReason()).toBeUndefined();
    await jest.advanceTimersByTimeAsync(selectionMs);
    expect([stopReason(), writer.text, live.lastSeq]).toEqual(['store_unavailable', '', 0]);
    const before = tries;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(tries).toBe(before);
  });

  it('gives up at once when more waits than it may keep', async () => {
    writer.add('one');
    writer.add('x'.repeat(256 * 1024 + 1));
    expect(stopReason()).toBe('store_unavailable');
    await jest.advanceTimersByTimeAsync(5_000 + selectionMs);
    await writer.flush();
    expect([writer.text, writer.isComplete]).toEqual(['', false]);
  });
});
