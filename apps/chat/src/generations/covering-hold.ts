import { DomainError, type Logger } from '@parley/platform';
import type { AccountingClient } from '../accounting/accounting-client.js';
import { bytesPerToken, TokenCount } from '../models/tokens/token-count.js';
import type { LiveStream } from '../readers/live-stream.js';
import { StopReason } from '../streams/stop-reason.js';
import { Patience } from './patience.js';
import { firstBytes } from './text-pieces.js';

/** What is covered to begin with: a short answer needs no more, and a worst-case hold would turn away users who have enough. */
export const firstCoverTokens = 64;
/** Top-ups double up to this, so that a long answer does not ask often. */
const largestTopUpTokens = 1_024;
/** Asks for more when this part of the hold is used up, so that the answer need not wait. */
const topUpAt = 0.8;
/** A third of the hold's life without a sign of life. */
const heartbeatMs = 30_000;
/** How long an answer waits at the end of its hold for an accounting that cannot be reached, and how often it asks meanwhile. */
const patienceMs = 20_000;
const firstRetryMs = 250;
const longestRetryMs = 2_000;
/** The longest tokens that vocabularies have: runs of spaces or dashes. */
const longestTokenBytes = 128;

type HoldProgress = Pick<AccountingClient, 'progressHold'>;

/** How far an answer may go. */
export interface AnswerLimit {
  /** The most that the model was asked for: what the request wants, or less when the account cannot pay for that. */
  maxTokens: number;
  /** Which of the two it is. */
  atMaxTokens: typeof StopReason.length | typeof StopReason.credits;
}

/** The part of a piece that may be shown, and why the answer ends with it. */
export interface CoveredText {
  text: string;
  stop?: StopReason;
}

/**
 * The hold of a running answer: grows with it by small top-ups, and tells accounting that the answer lives and what it has used,
 * which is what an abandoned hold is charged. It is the bound of the answer: no text passes before what it counts is covered.
 */
export class CoveringHold {
  private nextTopUpTokens = firstCoverTokens * 2;
  /** All that the model gave, which has to be covered … */
  private readonly output = new TokenCount();
  /** … and the part of it that is shown, which an abandoned hold is charged. */
  private readonly shown = new TokenCount();
  /** The piece in hand is one that the model thinks and nobody sees. */
  private isHidden = false;
  /** What a text that waits would bring the output to; 0 when none waits. */
  private wantedTokens = 0;
  /** What the last denial left room for. */
  private affordableTokens = Number.POSITIVE_INFINITY;
  private seq = 0;
  private standing: 'granted' | 'denied' | 'unanswered' | 'expired' = 'granted';
  /** The last call changed nothing: asking again at once would not either. */
  private isStuck = false;
  private asking: Promise<void> | undefined;
  private patience: Patience | undefined;
  private isEnded = false;
  private resting: NodeJS.Timeout | undefined;
  private readonly heartbeat: NodeJS.Timeout;

  constructor(
    private readonly stream: LiveStream,
    private readonly limit: AnswerLimit,
    /** The output that the hold covers, counted from the beginning of the answer. */
    private coveredTokens: number,
    private readonly accounting: HoldProgress,
    private readonly logger: Logger,
  ) {
    this.heartbeat = setInterval(() => this.ask(), heartbeatMs);
  }

  /**
   * Counts a piece of the answer. @returns undefined when the whole piece is covered, which is the ordinary case and costs
   * nothing; else what of it may be shown, as soon as that is known. Until then no other piece may come. Never rejects.
   * @param isHidden it is not shown, and has to be covered all the same, because providers count it
   */
  cover(text: string, isHidden = false): Promise<CoveredText> | undefined {
    this.isHidden = isHidden;
    if (this.isPastLimit(text)) return this.upToTheLimit(text);
    if (!this.covers(text)) return this.waitForCover(text);
    this.count(text);
    const isAnswerable = this.standing === 'granted' || (this.standing === 'unanswered' && !this.resting);
    if (isAnswerable && this.isDue()) this.ask();
    return undefined;
  }

  /** What was covered and nobody sees. */
  get hiddenTokens(): number {
    return this.output.tokens - this.shown.tokens;
  }

  /** Settles when nothing is on its way any more: only then may the hold be closed. */
  async end(): Promise<void> {
    this.isEnded = true;
    this.patience?.finish();
    clearInterval(this.heartbeat);
    await this.asking;
    clearTimeout(this.resting);
  }

  private count(text: string): void {
    this.output.add(text);
    if (!this.isHidden) this.shown.add(text);
  }

  /** What the model may give at most is enough, whatever we count: the provider's own count will not be above it. */
  private covers(text: string): boolean {
    return this.coveredTokens >= this.limit.maxTokens || this.output.tokensWith(text) <= this.coveredTokens;
  }

  /** A model that does not keep to `max_tokens`: more pieces and more text than it was asked for, or more than any tokens have. */
  private isPastLimit(text: string): boolean {
    const { maxTokens } = this.limit;
    const bytes = this.output.bytes + Buffer.byteLength(text);
    return bytes > maxTokens * (this.output.pieces < maxTokens ? longestTokenBytes : bytesPerToken);
  }

  /** Of a piece that goes past the limit (a whole document, perhaps) as much is shown as could have been asked for. */
  private async upToTheLimit(text: string): Promise<CoveredText> {
    const { maxTokens, atMaxTokens } = this.limit;
    const within = firstBytes(text, maxTokens * bytesPerToken - this.output.bytes);
    if (within === '') return { text: '', stop: atMaxTokens };
    return { stop: atMaxTokens, ...(await this.waitForCover(within)) };
  }

  private isDue(): boolean {
    if (this.coveredTokens >= this.limit.maxTokens) return false;
    return Math.max(this.output.tokens, this.wantedTokens) >= this.coveredTokens * topUpAt;
  }

  /** Holds a piece back until it is covered, or until it is known that it never will be. */
  private async waitForCover(text: string): Promise<CoveredText> {
    const patience = new Patience(this.stream.stopSignal, patienceMs);
    this.patience = patience;
    this.wantedTokens = this.output.tokensWith(text);
    try {
      for (let pauseMs = firstRetryMs; !this.covers(text); pauseMs = Math.min(pauseMs * 2, longestRetryMs)) {
        if (this.isEnded || this.stream.stopSignal.aborted) return { text: '' };
        const stop = this.whyNot(patience);
        if (stop) return this.upToTheBound(text, stop);
        // What is already on its way may not have asked for enough.
        const wasAsked = this.asking !== undefined;
        this.ask();
        await patience.until(this.asking);
        if (this.isStuck && !wasAsked) await patience.pause(pauseMs);
      }
      this.count(text);
      return { text };
    } finally {
      this.wantedTokens = 0;
      patience.end();
    }
  }

  /** Why more will not be covered, if that is known. */
  private whyNot(patience: Patience): StopReason | undefined {
    if (this.standing === 'denied') return StopReason.credits;
    if (this.standing === 'expired') return StopReason.holdClosed;
    return patience.isOver ? StopReason.accountingUnavailable : undefined;
  }

  /** What of a piece is covered is shown and paid: the bound is the hold's, wherever the model cuts its answer. */
  private upToTheBound(text: string, stop: StopReason): CoveredText {
    const room = this.output.pieces < this.coveredTokens ? this.coveredTokens * bytesPerToken - this.output.bytes : 0;
    const covered = firstBytes(text, room);
    if (covered !== '') this.count(covered);
    return { text: covered, stop };
  }

  private ask(): void {
    if (this.asking || this.isEnded || this.stream.stopSignal.aborted) return;
    this.asking = this.progress().finally(() => {
      this.asking = undefined;
    });
  }

  private async progress(): Promise<void> {
    const { _id, input_tokens_estimate: inputTokens } = this.stream.record;
    // What an abandoned hold is charged: nothing, as long as nothing of the answer is in the log.
    const used = this.stream.lastSeq > 0 ? Math.min(this.shown.tokens, this.limit.maxTokens) : 0;
    const target = this.isDue() ? this.nextTarget() : this.coveredTokens;
    const more = target > this.coveredTokens ? { top_up_output_tokens: target - used } : {};
    try {
      const usage = { input_tokens: inputTokens, output_tokens: used, source: 'estimated' as const };
      const report = { streaming_session_id: _id, seq: ++this.seq, usage, ...more };
      const hold = await this.accounting.progressHold(_id, report);
      this.granted(hold.max_output_tokens);
    } catch (error) {
      this.refused(error, target);
    }
  }

  /** What the hold should cover next, counted from the beginning of the answer. */
  private nextTarget(): number {
    const wanted = Math.max(this.output.tokens + this.nextTopUpTokens, this.wantedTokens);
    return Math.min(wanted, this.limit.maxTokens, this.affordableTokens);
  }

  private granted(coveredTokens: number): void {
    this.isStuck = coveredTokens <= this.coveredTokens;
    if (!this.isStuck) {
      this.affordableTokens = Number.POSITIVE_INFINITY;
      this.nextTopUpTokens = Math.min(this.nextTopUpTokens * 2, largestTopUpTokens);
    }
    this.coveredTokens = coveredTokens;
    this.standing = 'granted';
  }

  private refused(error: unknown, target: number): void {
    const { status, code } = error instanceof DomainError ? error : { status: 503, code: 'unknown' };
    this.logger.info({ streaming_session_id: this.stream.record._id, code }, 'a hold did not grow');
    if (status === 402) this.denied(error as DomainError, target - this.coveredTokens);
    else if (status >= 500 || status === 429) this.rest();
    // An expired hold is settled late, with what is available then; what it covered may still be shown.
    else if (code === 'hold_expired') this.standing = 'expired';
    else this.stream.stop(StopReason.holdClosed);
  }

  /** A smaller top-up may still be possible: the denial says what there is. */
  private denied({ extras: { facts } }: DomainError, moreTokens: number): void {
    const share = Number(facts?.available_ucr) / Number(facts?.required_ucr);
    const fitting = share > 0 && share < 1 ? Math.floor(moreTokens * share) : 0;
    this.affordableTokens = fitting > 0 ? this.coveredTokens + fitting : Number.POSITIVE_INFINITY;
    this.standing = fitting > 0 ? 'granted' : 'denied';
    this.isStuck = false;
  }

  /** Accounting is not asked again for every piece that comes while it cannot be reached. */
  private rest(): void {
    this.standing = 'unanswered';
    this.isStuck = true;
    clearTimeout(this.resting);
    this.resting = setTimeout(() => (this.resting = undefined), longestRetryMs);
  }
}
