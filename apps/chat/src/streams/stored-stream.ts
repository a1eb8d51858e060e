import { setTimeout as delay } from 'node:timers/promises';
import type { ChunkLog } from './chunk-log.js';
import type { StreamSource } from './live-stream.js';
import { chunkFrame } from './sse-frames.js';
import type { StreamRecord } from './stream.schema.js';
import type { StreamStore } from './stream-store.js';
import { isTerminal } from './stream.js';
import { StreamErrors } from './streams.errors.js';

/** How often the log of a stream that another process generates is looked at. */
const pollMs = 300;

/** A stream as the database holds it: one that is over, or one that another process generates. */
export class StoredStream implements StreamSource {
  private readonly frames = new Map<number, string>();

  private constructor(
    public record: StreamRecord,
    private readonly store: StreamStore,
    private readonly log: ChunkLog,
    private readonly afterSeq: number,
  ) {}

  /** @throws DomainError `stream_log_expired` when chunks after the cursor are gone */
  static async open(record: StreamRecord, store: StreamStore, log: ChunkLog, afterSeq: number): Promise<StoredStream> {
    const stream = new StoredStream(record, store, log, afterSeq);
    await stream.load(afterSeq);
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

  async changed(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(pollMs, undefined, { signal }).catch(() => undefined);
      const record = await this.store.find(this.record._id);
      if (!record || record.state === 'rejected') throw StreamErrors.notFound();
      if (record.last_seq === this.record.last_seq && record.state === this.record.state) continue;
      const shown = this.lastSeq;
      this.record = record;
      return this.load(Math.max(shown, this.afterSeq));
    }
  }

  private async load(afterSeq: number): Promise<void> {
    const { _id, last_seq: lastSeq, message_id: messageId } = this.record;
    if (afterSeq >= lastSeq) return;
    const chunks = await this.log.read(_id, afterSeq, lastSeq);
    if (chunks.length !== lastSeq - afterSeq) throw StreamErrors.logExpired(messageId);
    for (const { seq, text } of chunks) this.frames.set(seq, chunkFrame(_id, seq, text));
  }
}
