import { setTimeout as delay } from 'node:timers/promises';
import { type DomainError, toDomainError } from '@parley/platform';
import type { ChunkLog } from '../streams/chunk-log.js';
import type { StreamSource } from './live-stream.js';
import { chunkFrame } from './sse-renderer.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import type { StreamStore } from '../streams/stream-store.js';
import { isTerminal } from '../streams/stream.js';
import { StreamErrors } from '../streams/streams.errors.js';

/** How often the log of a stream that another process generates is looked at. */
const pollMs = 300;

/** A stream as the database holds it: one that is over, or one that another process generates. */
export class StoredStream implements StreamSource {
  private readonly frames = new Map<number, string>();
  failure: DomainError | undefined;

  private constructor(
    public record: StreamRecord,
    private readonly store: StreamStore,
    private readonly log: ChunkLog,
    private readonly afterSeq: number,
  ) {}

  /** @throws DomainError `stream_log_expired` when chunks after the cursor are gone */
  static async open(record: StreamRecord, store: StreamStore, log: ChunkLog, afterSeq: number): Promise<StoredStream> {
    const stream = new StoredStream(record, store, log, afterSeq);
    await stream.load(record, afterSeq);
    return stream;
  }

  get lastSeq(): number {
    return this.record.last_seq;
  }

  get over(): boolean {
    return isTerminal(this.record.state);
  }

  framesAfter(seq: number): string {
    let frames = '';
    for (let next = seq + 1; next <= this.lastSeq; next++) frames += this.frames.get(next) ?? '';
    return frames;
  }

  watch(onChange: () => void): () => void {
    const stopping = new AbortController();
    void this.poll(onChange, stopping.signal);
    return () => stopping.abort();
  }

  private async poll(onChange: () => void, stop: AbortSignal): Promise<void> {
    while (!this.over && !this.failure) {
      await delay(pollMs, undefined, { signal: stop }).catch(() => undefined);
      if (stop.aborted) return;
      try {
        if (await this.refresh()) onChange();
      } catch (error) {
        this.failure = toDomainError(error);
        onChange();
      }
    }
  }

  /** @returns whether anything is new · @throws DomainError `stream_not_found` · `stream_log_expired` */
  private async refresh(): Promise<boolean> {
    const record = await this.store.find(this.record._id);
    if (!record || record.state === 'rejected') throw StreamErrors.notFound();
    if (record.last_seq === this.record.last_seq && record.state === this.record.state) return false;
    await this.load(record, Math.max(this.lastSeq, this.afterSeq));
    return true;
  }

  /** Its chunks are there before anybody sees that they exist. */
  private async load(record: StreamRecord, afterSeq: number): Promise<void> {
    const { _id, last_seq: lastSeq, message_id: messageId } = record;
    if (afterSeq < lastSeq) {
      const chunks = await this.log.read(_id, afterSeq, lastSeq);
      if (chunks.length !== lastSeq - afterSeq) throw StreamErrors.logExpired(messageId);
      for (const { seq, text } of chunks) this.frames.set(seq, chunkFrame(_id, seq, text));
    }
    this.record = record;
  }
}
