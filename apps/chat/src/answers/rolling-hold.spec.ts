import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Hold, ProgressHold } from '@parley/contracts';
import { createLogger, DomainError, type ErrorKind } from '@parley/platform';
import { LiveStream } from '../streams/live-stream.js';
import { type Stopped } from '../streams/stop-reason.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { firstSliceTokens, RollingHold } from './rolling-hold.js';

const oneToken = 'word';

/** Accounting as a list of answers; without one it grants what is asked. */
class Accounting {
  readonly asked: ProgressHold[] = [];
  refusal: DomainError | undefined;

  progressHold(_id: string, request: ProgressHold): Promise<Hold> {
    this.asked.push(request);
    if (this.refusal) return Promise.reject(this.refusal);
    const covered = request.usage.output_tokens + (request.top_up_output_tokens ?? 0);
    return Promise.resolve({ max_output_tokens: covered } as Hold);
  }
}

const refuse = (kind: ErrorKind, code: string) => new DomainError(kind, code, 'No.');

describe('RollingHold', () => {
  let accounting: Accounting;
  let live: LiveStream;
  let hold: RollingHold;

  beforeEach(() => {
    jest.useFakeTimers();
    accounting = new Accounting();
    live = new LiveStream({ _id: 'stream-1', input_tokens_estimate: 10 } as StreamRecord);
    hold = new RollingHold(live, 4_096, accounting, createLogger('test', 'silent'));
  });
  afterEach(async () => {
    await hold.end();
    jest.useRealTimers();
  });

  const take = async (tokens: number) => {
    for (let n = 0; n < tokens; n++) {
      hold.take(oneToken);
      await Promise.resolve();
    }
    await jest.advanceTimersByTimeAsync(0);
  };
  const reason = () => (live.abort.signal.reason as Stopped | undefined)?.reason;

  it('asks for nothing while a short answer fits its first slice', async () => {
    await take(firstSliceTokens * 0.7);
    expect(accounting.asked).toEqual([]);
  });

  it('asks for more at four fifths, and for ever larger slices', async () => {
    await take(3_000);
    expect(accounting.asked.map(({ seq }) => seq)).toEqual(accounting.asked.map((_, index) => index + 1));
    expect(accounting.asked[0]).toEqual({
      streaming_session_id: 'stream-1',
      seq: 1,
      usage: { input_tokens: 10, output_tokens: 52, source: 'estimated' },
      top_up_output_tokens: 128,
    });
    const slices = accounting.asked.map(({ top_up_output_tokens: slice }) => slice!);
    expect(slices.slice(0, 4)).toEqual([128, 256, 512, 1_024]);
    expect(accounting.asked.length).toBeLessThan(10);
    expect(reason()).toBeUndefined();
  });

  it('counts a long piece by its size', async () => {
    hold.take('x'.repeat(4 * 60));
    await jest.advanceTimersByTimeAsync(0);
    expect(accounting.asked[0]!.usage.output_tokens).toBe(60);
  });

  it('never asks for more than the model may give', async () => {
    const small = new RollingHold(live, 100, accounting, createLogger('test', 'silent'));
    for (let n = 0; n < 300; n++) {
      small.take(oneToken);
      await Promise.resolve();
    }
    await small.end();
    expect(accounting.asked).toHaveLength(1);
    expect(accounting.asked[0]!.top_up_output_tokens! + accounting.asked[0]!.usage.output_tokens).toBe(100);
    expect(reason()).toBeUndefined();
  });

  it('ends the answer at what is held when there are no credits for more', async () => {
    accounting.refusal = refuse('insufficientFunds', 'top_up_denied');
    await take(firstSliceTokens - 1);
    expect(reason()).toBeUndefined();
    await take(1);
    expect(reason()).toBe('credits');
    expect(accounting.asked).toHaveLength(1);
  });

  it('gives a sign of life every 30 s, which may find new credits', async () => {
    accounting.refusal = refuse('insufficientFunds', 'top_up_denied');
    await take(60);
    accounting.refusal = undefined;
    await jest.advanceTimersByTimeAsync(30_000);
    await take(100);
    expect(reason()).toBeUndefined();
    expect(accounting.asked.length).toBeGreaterThan(1);
  });

  it('lets the answer go on for a while when accounting cannot be reached, and not for ever', async () => {
    accounting.refusal = refuse('unavailable', 'accounting_unavailable');
    await take(firstSliceTokens + 500);
    expect(reason()).toBeUndefined();
    await take(600);
    expect(reason()).toBe('accounting_unavailable');
  });

  it('ends the answer when the hold is no longer ours, and not when it has only expired', async () => {
    accounting.refusal = refuse('gone', 'hold_expired');
    await take(60);
    expect(reason()).toBeUndefined();
    accounting.refusal = refuse('conflict', 'hold_closed');
    await jest.advanceTimersByTimeAsync(30_000);
    expect(reason()).toBe('hold_closed');
  });
});
