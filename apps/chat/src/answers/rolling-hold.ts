import { DomainError, type Logger } from '@parley/platform';
import type { AccountingClient } from '../accounting/accounting-client.js';
import type { LiveStream } from '../streams/live-stream.js';
import { StopReason, Stopped } from '../streams/stop-reason.js';

/** A short answer needs no more than this; a worst-case hold would turn away users who have enough. */
export const firstSliceTokens = 64;
/** Slices double up to this, so that a long answer does not ask often. */
const largestSliceTokens = 1_024;
/** Asks for more when this part of the hold is used up, so that the answer need not wait. */
const topUpAt = 0.8;
/** A third of the hold's life without a sign of life. */
const heartbeatMs = 30_000;
/** How far an answer may run beyond its hold while accounting cannot be reached. */
const overrunTokens = 1_024;
const bytesPerToken = 4;

type HoldProgress = Pick<AccountingClient, 'progressHold'>;

/**
 * The hold of a running answer: grows with it in small slices, and tells accounting that the answer lives and what it has used,
 * which is what an abandoned hold is charged. When there are no credits for another slice the answer ends at what is held.
 */
export class RollingHold {
  private coveredTokens: number;
  private slice = firstSliceTokens;
  private pieces = 0;
  private bytes = 0;
  private seq = 0;
  private standing: 'granted' | 'denied' | 'unanswered' = 'granted';
  private asking: Promise<void> | undefined;
  private readonly heartbeat: NodeJS.Timeout;

  constructor(
    private readonly live: LiveStream,
    /** The most that the model may give. */
    private readonly maxTokens: number,
    private readonly accounting: HoldProgress,
    private readonly logger: Logger,
  ) {
    this.coveredTokens = Math.min(firstSliceTokens, maxTokens);
    this.heartbeat = setInterval(() => this.ask(), heartbeatMs);
  }

  /** Counts a piece of the answer; decides whether more must be held, or whether this is the end. */
  take(text: string): void {
    this.pieces++;
    this.bytes += Buffer.byteLength(text);
    if (this.coveredTokens >= this.maxTokens) return;
    if (this.isExhausted())
      this.stop(this.standing === 'denied' ? StopReason.credits : StopReason.accountingUnavailable);
    else if (this.standing !== 'denied' && this.outputTokens >= this.coveredTokens * topUpAt) this.ask();
  }

  /** Settles when nothing is on its way any more: only then may the hold be closed. */
  async end(): Promise<void> {
    clearInterval(this.heartbeat);
    await this.asking;
  }

  /** Models cut their answers into pieces of at least one token; long pieces are counted by their size. */
  private get outputTokens(): number {
    return Math.max(this.pieces, Math.ceil(this.bytes / bytesPerToken));
  }

  private isExhausted(): boolean {
    if (this.standing === 'denied') return this.outputTokens >= this.coveredTokens;
    return this.standing === 'unanswered' && this.outputTokens >= this.coveredTokens + overrunTokens;
  }

  private ask(): void {
    if (this.asking || this.live.abort.signal.aborted) return;
    this.asking = this.progress().finally(() => {
      this.asking = undefined;
    });
  }

  private async progress(): Promise<void> {
    const { _id, input_tokens_estimate: inputTokens } = this.live.record;
    const outputTokens = Math.min(this.outputTokens, this.maxTokens);
    const slice = Math.min(this.slice * 2, largestSliceTokens, this.maxTokens - outputTokens);
    try {
      const hold = await this.accounting.progressHold(_id, {
        streaming_session_id: _id,
        seq: ++this.seq,
        usage: { input_tokens: inputTokens, output_tokens: outputTokens, source: 'estimated' },
        top_up_output_tokens: slice,
      });
      this.coveredTokens = hold.max_output_tokens;
      this.slice = Math.max(slice, firstSliceTokens);
      this.standing = 'granted';
    } catch (error) {
      this.refused(error);
    }
  }

  private refused(error: unknown): void {
    const { status, code } = error instanceof DomainError ? error : { status: 503, code: 'unknown' };
    this.logger.info({ streaming_session_id: this.live.record._id, code }, 'a hold did not grow');
    if (code === 'top_up_denied') this.standing = 'denied';
    else if (status >= 500 || status === 401 || status === 429) this.standing = 'unanswered';
    // An expired hold is settled late, with what is available then; any other refusal means that it is no longer ours.
    else if (code !== 'hold_expired') this.stop(StopReason.holdClosed);
  }

  private stop(reason: StopReason): void {
    this.live.abort.abort(new Stopped(reason));
  }
}
