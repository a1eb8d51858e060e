import type { Logger } from '@parley/platform';
import {
  type Generation,
  ModelError,
  type ModelMessage,
  type ModelProvider,
} from '../models/provider/model-provider.js';
import type { ChunkLog } from '../streams/chunk-log.js';
import type { LiveStream } from '../readers/live-stream.js';
import { StopReason, Stopped } from '../streams/stop-reason.js';
import type { StreamEnd } from '../streams/stream.js';
import type { StreamStore } from '../streams/stream-store.js';
import { LogWriter } from './log-writer.js';
import type { AnswerLimit, CoveredText, RollingHold } from './covering-hold.js';
import { TextPieces } from './text-pieces.js';

/** The longest a generation may take. */
const deadlineMs = 600_000;
/** The longest answer: it must fit into one report of the client's. */
const maxAnswerCharacters = 250_000;
/** Three times within the lease, so that one slow renewal loses nothing. */
const renewLeaseMs = 10_000;

export interface Question extends AnswerLimit {
  provider: ModelProvider;
  messages: readonly ModelMessage[];
  temperature?: number;
}

/** One generation: from the model into the log, whether or not anybody reads. */
export class AnswerRun {
  private readonly writer: LogWriter;
  private readonly pieces = new TextPieces();
  private characters = 0;

  constructor(
    private readonly live: LiveStream,
    private readonly store: StreamStore,
    log: ChunkLog,
    private readonly hold: RollingHold,
    private readonly logger: Logger,
  ) {
    this.writer = new LogWriter(live, log, logger);
  }

  /** All text that is in the log. */
  get text(): string {
    return this.writer.text;
  }

  /** Settles with how it ended, when all that came is in the log; never rejects. */
  async generate(question: Question): Promise<StreamEnd> {
    const { abort, record } = this.live;
    const deadline = setTimeout(() => abort.abort(new Stopped(StopReason.deadline)), deadlineMs);
    const lease = setInterval(() => void this.lookAround(), renewLeaseMs);
    try {
      const { provider, atMaxTokens, ...asked } = question;
      const generation = await provider.generate(
        { ...asked, model: record.model, signal: abort.signal },
        (text, isHidden) => (isHidden ? this.think(text) : this.take(text)),
      );
      await this.pass(this.pieces.end());
      const isWhole = !abort.signal.aborted;
      await this.writer.flush();
      // What is raised while the last of it is written comes too late to cut it short.
      if (isWhole && this.writer.isComplete) return this.finished(generation, atMaxTokens);
      return this.stopped(abort.signal.reason, generation);
    } catch (thrown) {
      await this.writer.flush();
      return abort.signal.aborted ? this.stopped(abort.signal.reason) : this.failed(thrown);
    } finally {
      clearTimeout(deadline);
      clearInterval(lease);
      await this.hold.end();
    }
  }

  private take(piece: string): Promise<void> | undefined {
    return this.pass(this.pieces.add(piece));
  }

  /** What the model thinks is held for like its text, and neither shown nor kept. */
  private think(thought: string): Promise<void> | undefined {
    return this.hold.take(thought, true)?.then(({ stop }) => this.stop(stop));
  }

  /** Shows a text, at once or as soon as the hold covers it. */
  private pass(text: string): Promise<void> | undefined {
    if (text === '') return undefined;
    const waiting = this.hold.take(text);
    if (waiting) return waiting.then((covered) => this.showCovered(covered));
    this.show(text);
    return undefined;
  }

  private showCovered({ text, stop }: CoveredText): void {
    this.show(text);
    this.stop(stop);
  }

  private stop(reason: StopReason | undefined): void {
    if (reason) this.live.abort.abort(new Stopped(reason));
  }

  private show(text: string): void {
    this.characters += text.length;
    if (this.characters > maxAnswerCharacters) this.live.abort.abort(new Stopped(StopReason.tooLong));
    else this.writer.add(text);
  }

  /** What other processes do to the stream is seen here: one has taken it over, or its session was deleted through one. */
  private async lookAround(): Promise<void> {
    const { record } = this.live;
    const isOurs = await this.store.renewLease(record).catch(() => true);
    if (!isOurs) return this.stop(StopReason.leaseLost);
    const isWanted = await this.store.hasSession(record).catch(() => true);
    if (!isWanted) this.stop(StopReason.sessionDeleted);
  }

  /** A model that came to the end of what the account could pay for was not done: for the user it was cut short. */
  private finished({ finishReason, usage }: Generation, atMaxTokens: AnswerLimit['atMaxTokens']): StreamEnd {
    const counted = usage ? { usage } : {};
    if (finishReason === 'length' && atMaxTokens === StopReason.credits)
      return { state: 'stopped', finishReason: StopReason.credits, ...counted };
    return { state: 'completed', finishReason, ...counted };
  }

  private stopped(reason: unknown, generation?: Generation): StreamEnd {
    const finishReason = reason instanceof Stopped ? reason.reason : StopReason.shutdown;
    const usage = generation?.usage ? { usage: generation.usage } : {};
    this.logger.info(
      { finish_reason: finishReason, streaming_session_id: this.live.record._id },
      'an answer was cut short',
    );
    if (finishReason === StopReason.storeUnavailable) {
      const error = { code: 'stream_store_unavailable', detail: 'The answer could not be stored.', retryable: true };
      return { state: 'failed', finishReason, error };
    }
    if (finishReason !== StopReason.shutdown) return { state: 'stopped', finishReason, ...usage };
    const error = { code: 'draining', detail: 'The answer was cut off by a restart of the service.', retryable: true };
    return { state: 'interrupted', finishReason, error };
  }

  private failed(thrown: unknown): StreamEnd {
    const failure =
      thrown instanceof ModelError ? thrown : new ModelError('model_failed', 'The model failed.', { cause: thrown });
    const { code, detail } = failure;
    this.logger.warn(
      { code, streaming_session_id: this.live.record._id, err: failure.cause ?? failure },
      'a model failed',
    );
    return { state: 'failed', finishReason: 'error', error: { code, detail, retryable: true } };
  }
}
