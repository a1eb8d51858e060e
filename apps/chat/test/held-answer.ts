import { jest } from '@jest/globals';
import type { Hold, ProgressHold } from '@parley/contracts';
import { createLogger, DomainError, type ErrorKind } from '@parley/platform';
import { type CoveredText, firstCoverTokens, CoveringHold } from '../src/generations/covering-hold.js';
import { LiveStream } from '../src/readers/live-stream.js';
import { StopReason } from '../src/streams/stop-reason.js';
import type { StreamRecord } from '../src/streams/stream.schema.js';

export const oneToken = 'word';

/** Accounting as a list of answers; without a refusal it grants what is asked, and while it is silent it answers nothing. */
class Accounting {
  readonly asked: ProgressHold[] = [];
  refusal: DomainError | undefined;
  isSilent = false;
  covered = firstCoverTokens;
  private waiting: Array<() => void> = [];

  async progressHold(_id: string, request: ProgressHold): Promise<Hold> {
    this.asked.push(request);
    if (this.isSilent) await new Promise<void>((resolve) => this.waiting.push(resolve));
    if (this.refusal) throw this.refusal;
    this.covered = Math.max(this.covered, request.usage.output_tokens + (request.top_up_output_tokens ?? 0));
    return { max_output_tokens: this.covered } as Hold;
  }

  answer(): void {
    this.isSilent = false;
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

export const refuse = (kind: ErrorKind, code: string, facts = {}): DomainError =>
  new DomainError(kind, code, 'No.', { facts });
export const denied = (facts = {}): DomainError => refuse('insufficientFunds', 'top_up_denied', facts);
export const unreachable = refuse('unavailable', 'accounting_unavailable');

/** The hold of one answer, on a clock that stands still: what its model says and what accounting answers is the test's. */
export class HeldAnswer {
  readonly accounting = new Accounting();
  readonly live = new LiveStream({ _id: 'stream-1', input_tokens_estimate: 10 } as StreamRecord);
  readonly hold: CoveringHold;

  constructor(maxTokens = 4_096, atMaxTokens: 'length' | 'credits' = StopReason.length) {
    // Something of it is in the log already.
    this.live.show(['']);
    const logger = createLogger('test', 'silent');
    this.hold = new CoveringHold(this.live, { maxTokens, atMaxTokens }, firstCoverTokens, this.accounting, logger);
  }

  /** Why the stream was stopped from outside of its text. */
  get stopped(): StopReason | undefined {
    return this.live.stopReason;
  }

  /** As fast as a model can be: no answer of accounting comes in between. @returns the promise of what has to wait, if any does */
  takeAtOnce(tokens: number): { waiting: Promise<CoveredText> | undefined } {
    for (let n = 0; n < tokens; n++) {
      const waiting = this.hold.cover(oneToken);
      if (waiting) return { waiting };
    }
    return { waiting: undefined };
  }

  /** As fast as accounting answers. @returns why it ended, if it did */
  async take(tokens: number): Promise<StopReason | undefined> {
    for (let n = 0; n < tokens; n++) {
      const stop = (await this.hold.cover(oneToken))?.stop;
      if (stop) return stop;
      await jest.advanceTimersByTimeAsync(0);
    }
    return undefined;
  }

  /** Whether it still waits, without waiting for it. */
  async isPending(waiting: Promise<CoveredText> | undefined): Promise<boolean> {
    const pending = Symbol('pending');
    await jest.advanceTimersByTimeAsync(0);
    return waiting !== undefined && (await Promise.race([waiting, Promise.resolve(pending)])) === pending;
  }

  async end(): Promise<void> {
    this.accounting.answer();
    this.live.stop(StopReason.shutdown);
    await this.hold.end();
  }
}
