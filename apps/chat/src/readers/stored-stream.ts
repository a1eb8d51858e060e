import { type DomainError, toDomainError } from '@parley/platform';
import type { StreamSignals } from '../signals/stream-signals.js';
import type { ChunkLog } from '../streams/chunk-log.js';
import { isTerminal } from '../streams/stream.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import type { StreamStore } from '../streams/stream-store.js';
import { StreamErrors } from '../streams/streams.errors.js';
import { ReaderErrors } from './readers.errors.js';
import { ReaderWait } from './reader-wait.js';
import type { StreamSource } from './stream-source.js';

/** How often the log of a stream that another process generates is read again when no signal comes. */
const pollMs = 300;

/** Where a stored stream is read from, and who says that there is more. */
export interface StoredStreamParts {
  store: StreamStore;
  chunkLog: ChunkLog;
  signals: StreamSignals;
}

/** A stream as the database holds it: one that is over, or one that another process generates. */
export class StoredStream implements StreamSource {
  private readonly texts = new Map<number, string>();
  failure: DomainError | undefined;

  private constructor(
    public record: StreamRecord,
    private readonly parts: StoredStreamParts,
    private readonly afterSeq: number,
  ) {}

  /** @throws DomainError `stream_log_expired` when chunks after the cursor are gone */
  static async open(record: StreamRecord, parts: StoredStreamParts, afterSeq: number): Promise<StoredStream> {
    const stream = new StoredStream(record, parts, afterSeq);
    await stream.load(record, afterSeq);
    return stream;
  }

  get lastSeq(): number {
    return this.record.last_seq;
  }

  get over(): boolean {
    return isTerminal(this.record.state);
  }

  textAt(seq: number): string {
    return this.texts.get(seq)!;
  }

  watch(onChange: () => void): () => void {
    const leaving = new AbortController();
    void this.follow(onChange, leaving.signal);
    return () => leaving.abort();
  }

  private async follow(onChange: () => void, gone: AbortSignal): Promise<void> {
    const wait = new ReaderWait(gone, pollMs);
    const unlisten = this.parts.signals.on('rows', this.record._id, wait.change);
    while (!this.over && !this.failure && (await wait.next()) !== 'gone') {
      try {
        if (await this.refresh()) onChange();
      } catch (error) {
        this.failure = toDomainError(error);
        onChange();
      }
    }
    unlisten();
    wait.end();
  }

  /** @returns whether anything is new · @throws DomainError `stream_not_found` · `stream_log_expired` */
  private async refresh(): Promise<boolean> {
    const record = await this.parts.store.find(this.record._id);
    if (!record || record.state === 'rejected') throw StreamErrors.notFound();
    if (record.last_seq === this.record.last_seq && record.state === this.record.state) return false;
    await this.load(record, Math.max(this.lastSeq, this.afterSeq));
    return true;
  }

  /** Its chunks are there before anybody sees that they exist. */
  private async load(record: StreamRecord, afterSeq: number): Promise<void> {
    const { _id, last_seq: lastSeq, message_id: messageId } = record;
    if (afterSeq < lastSeq) {
      const chunks = await this.parts.chunkLog.read(_id, afterSeq, lastSeq);
      if (chunks.length !== lastSeq - afterSeq) throw ReaderErrors.logExpired(messageId);
      for (const { seq, text } of chunks) this.texts.set(seq, text);
    }
    this.record = record;
  }
}
