import type { Logger } from '@parley/platform';
import {
  ModelError,
  type ModelMessage,
  type ModelOutcome,
  type ModelProvider,
} from '../models/provider/model-provider.js';
import type { LiveStream } from '../readers/live-stream.js';
import { StopReason, Stopped } from '../streams/stop-reason.js';
import type { StreamEnd } from '../streams/stream.js';
import type { AnswerLimit, CoveredText, CoveringHold } from './covering-hold.js';
import type { LogWriter } from './log-writer.js';
import { TextPieces } from './text-pieces.js';

/** The longest answer: it must fit into one report of the client's. */
const maxAnswerCharacters = 250_000;

/** A model that thinks longer than this is stopped, and paid; a failure would be free. */
const maxHiddenCharacters = 1_000_000;

/** What a model is asked, and how far its answer may go. */
export interface Question extends AnswerLimit {
  provider: ModelProvider;
  messages: readonly ModelMessage[];
  temperature?: number;
}

/** One generation: from the model, as far as the hold covers it, into the log. */
export class Generation {
  private readonly pieces = new TextPieces();
  private characters = 0;
  private hiddenCharacters = 0;
  private isSent = false;

  constructor(
    private readonly stream: LiveStream,
    private readonly writer: LogWriter,
    private readonly hold: CoveringHold,
    private readonly logger: Logger,
  ) {}

  /** Settles with how it ended, when all that came is in the log; never rejects. */
  async run(question: Question): Promise<StreamEnd> {
    const { stopSignal, record } = this.stream;
    const { provider, atMaxTokens, ...asked } = question;
    try {
      const outcome = await provider.generate(
        { ...asked, model: record.model, signal: stopSignal, onSent: () => (this.isSent = true) },
        (piece, isHidden) => (isHidden ? this.receiveHidden(piece) : this.receive(this.pieces.add(piece))),
      );
      await this.receive(this.pieces.end());
      const isWhole = !stopSignal.aborted;
      await this.writer.flush();
      // A stop while the last of it is written comes too late to cut it short.
      if (isWhole && this.writer.isComplete) return this.finished(outcome, atMaxTokens);
      return this.stopped(stopSignal.reason, outcome);
    } catch (thrown) {
      await this.writer.flush();
      return stopSignal.aborted ? this.stopped(stopSignal.reason) : this.failed(thrown);
    }
  }

  /** Writes a text, at once or as soon as the hold covers it. */
  private receive(text: string): Promise<void> | undefined {
    if (text === '') return undefined;
    const waiting = this.hold.cover(text);
    if (waiting) return waiting.then((covered) => this.writeCovered(covered));
    this.write(text);
    return undefined;
  }

  /** What the model thinks is held for like its text, and neither shown nor kept. */
  private receiveHidden(thought: string): Promise<void> | undefined {
    this.hiddenCharacters += thought.length;
    if (this.hiddenCharacters > maxHiddenCharacters) this.stream.stop(StopReason.tooLong);
    return this.hold.cover(thought, true)?.then(({ stop }) => {
      if (stop) this.stream.stop(stop);
    });
  }

  private writeCovered({ text, stop }: CoveredText): void {
    this.write(text);
    if (stop) this.stream.stop(stop);
  }

  private write(text: string): void {
    this.characters += text.length;
    if (this.characters > maxAnswerCharacters) this.stream.stop(StopReason.tooLong);
    else this.writer.add(text);
  }

  private hidden(): Pick<StreamEnd, 'hiddenTokens'> {
    return { hiddenTokens: this.hold.hiddenTokens };
  }

  /** A model that came to the end of what the account could pay for was not done: for the user it was cut short. */
  private finished({ finishReason, usage }: ModelOutcome, atMaxTokens: AnswerLimit['atMaxTokens']): StreamEnd {
    const counted = usage ? { usage } : this.hidden();
    if (finishReason === 'length' && atMaxTokens === StopReason.credits)
      return { state: 'stopped', finishReason: StopReason.credits, ...counted, isOwed: true };
    return { state: 'completed', finishReason, ...counted };
  }

  private stopped(reason: unknown, outcome?: ModelOutcome): StreamEnd {
    const finishReason = reason instanceof Stopped ? reason.reason : StopReason.shutdown;
    const usage = outcome?.usage ? { usage: outcome.usage } : {};
    const isOwed = this.isSent && finishReason !== StopReason.accountingUnavailable;
    this.logger.info(
      { finish_reason: finishReason, streaming_session_id: this.stream.record._id },
      'an answer was cut short',
    );
    if (finishReason === StopReason.storeUnavailable) {
      const error = { code: 'stream_store_unavailable', detail: 'The answer could not be stored.', retryable: true };
      return { state: 'failed', finishReason, error };
    }
    if (finishReason !== StopReason.shutdown)
      return { state: 'stopped', finishReason, ...this.hidden(), ...usage, isOwed };
    const error = { code: 'draining', detail: 'The answer was cut off by a restart of the service.', retryable: true };
    return { state: 'interrupted', finishReason, error };
  }

  private failed(thrown: unknown): StreamEnd {
    const failure =
      thrown instanceof ModelError ? thrown : new ModelError('model_failed', 'The model failed.', { cause: thrown });
    const { code, detail } = failure;
    this.logger.warn(
      { code, streaming_session_id: this.stream.record._id, err: failure.cause ?? failure },
      'a model failed',
    );
    return { state: 'failed', finishReason: 'error', error: { code, detail, retryable: true } };
  }
}
