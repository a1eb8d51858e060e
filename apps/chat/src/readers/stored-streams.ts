import { Injectable } from '@nestjs/common';
import { StreamSignals } from '../signals/stream-signals.js';
import { ChunkLog } from '../streams/chunk-log.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { StreamStore } from '../streams/stream-store.js';
import { StoredStream, type StoredStreamParts } from './stored-stream.js';

/** The stored streams that somebody is reading. One is kept for as long as a reader has it, and forgotten with the last one. */
@Injectable()
export class StoredStreams {
  private readonly streams = new Map<string, WeakRef<StoredStream>>();
  private readonly forgotten = new FinalizationRegistry<string>((id) => {
    if (!this.streams.get(id)?.deref()) this.streams.delete(id);
  });
  private readonly parts: StoredStreamParts;

  constructor(store: StreamStore, chunkLog: ChunkLog, signals: StreamSignals) {
    this.parts = { store, chunkLog, signals };
  }

  /** Opens a stream at a cursor. @throws DomainError `stream_log_expired` when chunks after it are gone */
  async open(record: StreamRecord, afterSeq: number): Promise<StoredStream> {
    const stream = this.find(record) ?? this.add(record);
    await stream.open(record, afterSeq);
    return stream;
  }

  /** One that can be followed no further is not shared: a later reader may have better luck. */
  private find({ _id }: StreamRecord): StoredStream | undefined {
    const stream = this.streams.get(_id)?.deref();
    return stream?.failure ? undefined : stream;
  }

  private add(record: StreamRecord): StoredStream {
    const stream = new StoredStream(record, this.parts);
    this.streams.set(record._id, new WeakRef(stream));
    this.forgotten.register(stream, record._id);
    return stream;
  }
}
