import { Injectable } from '@nestjs/common';
import { ChatSessionsService } from '../chat-sessions/chat-sessions.service.js';
import { ChunkLog } from '../streams/chunk-log.js';
import type { StreamSource } from './live-stream.js';
import { LiveStreams } from './live-streams.js';
import { StoredStream } from './stored-stream.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { StreamStore } from '../streams/stream-store.js';
import { StreamErrors } from '../streams/streams.errors.js';

/** A user's streams, for reading. */
@Injectable()
export class StreamsService {
  constructor(
    private readonly sessions: ChatSessionsService,
    private readonly store: StreamStore,
    private readonly log: ChunkLog,
    private readonly live: LiveStreams,
  ) {}

  /** @throws DomainError `session_not_found` · `stream_not_found` */
  async find(userId: string, sessionId: string, streamId: string): Promise<StreamRecord> {
    await this.sessions.get(userId, sessionId);
    const record = await this.store.findOwn(streamId, userId, sessionId);
    if (!record || record.state === 'rejected' || record.state === 'reserved') throw StreamErrors.notFound();
    return record;
  }

  /** @throws DomainError `session_not_found` · `stream_not_found` when no answer is being given */
  async findActive(userId: string, sessionId: string): Promise<StreamRecord> {
    await this.sessions.get(userId, sessionId);
    const record = await this.store.findActive(userId, sessionId);
    if (!record || record.state === 'reserved') throw StreamErrors.notFound();
    return record;
  }

  /** Opens a stream at a cursor. @throws DomainError `cursor_ahead` · `stream_log_expired` */
  async open(record: StreamRecord, afterSeq: number): Promise<StreamSource> {
    const live = this.live.find(record._id);
    const source = live ?? (await StoredStream.open(record, this.store, this.log, afterSeq));
    if (afterSeq > source.lastSeq) throw StreamErrors.cursorAhead(source.lastSeq);
    return source;
  }
}
