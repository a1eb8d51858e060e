import type { Logger } from '@parley/platform';
import type { ChunkLog } from '../streams/chunk-log.js';
import type { LoggedText } from '../streams/stream.js';
import type { LiveStream } from '../readers/live-stream.js';
import { StopReason } from '../streams/stop-reason.js';

/** What may wait for a database that does not answer … */
const maxWaitingCharacters = 256 * 1024;
/** … and for how long, after which no further try begins. */
const maxStoreSilenceMs = 5_000;
const retryMs = 200;

/**
 * Takes chunks from the model and makes them durable, then visible: one row of the log at a time, with all that came while the
 * last one was written. The model is never held up by the database: chunks wait here, up to a bound.
 */
export class LogWriter {
  private waiting: string[] = [];
  private waitingCharacters = 0;
  private writing: Promise<void> | undefined;
  private characters = 0;
  private text = '';
  /** It is not known whether the last row is there: only the log itself can tell what is in it. */
  isUnsure = false;

  constructor(
    private readonly stream: LiveStream,
    private readonly chunkLog: ChunkLog,
    private readonly logger: Logger,
  ) {}

  /** What is known to be in the log. */
  get logged(): LoggedText {
    return { text: this.text, lastSeq: this.stream.lastSeq };
  }

  /** Whether all that came is in the log. */
  get isComplete(): boolean {
    return this.characters === this.text.length;
  }

  add(text: string): void {
    this.characters += text.length;
    if (text === '' || this.stream.stopSignal.aborted) return;
    this.waiting.push(text);
    this.waitingCharacters += text.length;
    if (this.waitingCharacters > maxWaitingCharacters) this.stop(StopReason.storeUnavailable);
    else this.write();
  }

  /** Settles when everything that came is durable, or the stream was stopped by the database's fault. */
  async flush(): Promise<void> {
    while (this.writing) await this.writing;
  }

  private write(): void {
    if (this.writing || this.waiting.length === 0) return;
    this.writing = this.writeRow().finally(() => {
      this.writing = undefined;
      this.write();
    });
  }

  private async writeRow(): Promise<void> {
    const texts = this.waiting;
    this.waiting = [];
    this.waitingCharacters = 0;
    if (!(await this.append(texts))) return;
    this.text += texts.join('');
    this.stream.show(texts);
  }

  /** Repeats until the database answers; gives up, and stops the stream, when it does not or when it says the lease is lost. */
  private async append(texts: string[]): Promise<boolean> {
    const seqFrom = this.stream.lastSeq + 1;
    for (const since = performance.now(); performance.now() - since <= maxStoreSilenceMs; await retryPause()) {
      try {
        const isOurs = await this.chunkLog.append(this.stream.record, seqFrom, texts);
        this.isUnsure = false;
        if (!isOurs) this.stop(StopReason.leaseLost);
        return isOurs;
      } catch (error) {
        this.isUnsure = true;
        this.logger.warn({ streaming_session_id: this.stream.record._id, err: error }, 'chunks wait for the database');
        if (this.isStoreLost()) return false;
      }
    }
    this.stop(StopReason.storeUnavailable);
    return false;
  }

  private stop(reason: StopReason): void {
    this.waiting = [];
    this.waitingCharacters = 0;
    this.stream.stop(reason);
  }

  private isStoreLost(): boolean {
    const { stopReason } = this.stream;
    return stopReason === StopReason.storeUnavailable || stopReason === StopReason.leaseLost;
  }
}

const retryPause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, retryMs));
