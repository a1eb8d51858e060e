import type { Logger } from '@parley/platform';
import type { ChunkLog } from '../streams/chunk-log.js';
import type { LiveStream } from '../readers/live-stream.js';
import { StopReason } from '../streams/stop-reason.js';

/** The first chunk is written at once, later ones together: at most this long after they came … */
const coalesceMs = 25;
/** … or when this many characters wait. */
const coalesceCharacters = 512;
/** What may wait for a database that does not answer … */
const maxWaitingCharacters = 256 * 1024;
/** … and for how long, after which no further try begins. */
const maxStoreSilenceMs = 5_000;
const retryMs = 200;

/**
 * Takes chunks from the model and makes them durable, then visible. The model is never held up by the database: chunks wait
 * here, up to a bound.
 */
export class LogWriter {
  private waiting: string[] = [];
  private waitingCharacters = 0;
  private writing: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private characters = 0;
  /** All text that is in the log. */
  text = '';

  constructor(
    private readonly stream: LiveStream,
    private readonly chunkLog: ChunkLog,
    private readonly logger: Logger,
  ) {}

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
    else if (this.isFirst() || this.waitingCharacters >= coalesceCharacters) this.write();
    else this.timer ??= setTimeout(() => this.write(), coalesceMs);
  }

  /** Settles when everything that came is durable, or the stream was stopped by the database's fault. */
  async flush(): Promise<void> {
    while (this.writing || (this.waiting.length > 0 && !this.isStoreLost())) {
      this.write();
      await this.writing;
    }
    clearTimeout(this.timer);
  }

  private isFirst(): boolean {
    return this.stream.lastSeq === 0 && this.writing === undefined;
  }

  private write(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.writing || this.waiting.length === 0) return;
    this.writing = this.writeBatch().finally(() => {
      this.writing = undefined;
      if (this.waitingCharacters >= coalesceCharacters) this.write();
      else if (this.waiting.length > 0) this.timer ??= setTimeout(() => this.write(), coalesceMs);
    });
  }

  private async writeBatch(): Promise<void> {
    const texts = this.waiting;
    this.waiting = [];
    this.waitingCharacters = 0;
    if (!(await this.append(texts))) return;
    this.text += texts.join('');
    this.stream.record.last_seq = this.stream.lastSeq + texts.length;
    this.stream.show(texts);
  }

  /** Repeats until the database answers; gives up, and stops the stream, when it does not or when it says the lease is lost. */
  private async append(texts: string[]): Promise<boolean> {
    const seqFrom = this.stream.lastSeq + 1;
    for (const since = performance.now(); performance.now() - since <= maxStoreSilenceMs; await retryPause()) {
      try {
        const isOurs = await this.chunkLog.append(this.stream.record, seqFrom, texts);
        if (!isOurs) this.stop(StopReason.leaseLost);
        return isOurs;
      } catch (error) {
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
