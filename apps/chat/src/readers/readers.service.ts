import { Injectable } from '@nestjs/common';
import { ChatSessionsService } from '../chat-sessions/chat-sessions.service.js';
import { ChunkLog } from '../streams/chunk-log.js';
import { isTerminal } from '../streams/stream.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { StreamStore } from '../streams/stream-store.js';
import { StreamErrors } from '../streams/streams.errors.js';
import { LiveStreams } from './live-streams.js';
import { ReaderErrors } from './readers.errors.js';
import { StoredStreams } from './stored-streams.js';
import type { StreamSource } from './stream-source.js';

/** A user's streams, for reading. */
@Injectable()
export class ReadersService {
  constructor(
    private readonly chatSessions: ChatSessionsService,
    private readonly store: StreamStore,
    private readonly liveStreams: LiveStreams,
    private readonly storedStreams: StoredStreams,
    private readonly chunkLog: ChunkLog,
  ) {}

  /** @throws DomainError `session_not_found` · `stream_not_found` */
  async find(userId: string, sessionId: string, streamId: string): Promise<StreamRecord> {
    await this.chatSessions.get(userId, sessionId);
    const record = await this.store.findOwn(streamId, userId, sessionId);
    if (!record || record.state === 'rejected' || record.state === 'reserved') throw StreamErrors.notFound();
    return record;
  }

  /** @throws DomainError `session_not_found` · `stream_not_found` when no answer is being given */
  async findActive(userId: string, sessionId: string): Promise<StreamRecord> {
    await this.chatSessions.get(userId, sessionId);
    const record = await this.store.findActive(userId, sessionId);
    if (!record || record.state === 'reserved') throw StreamErrors.notFound();
    return record;
  }

  /** The last chunk that may be read. */
  async lastSeq({ _id, state, last_seq: lastSeq }: StreamRecord): Promise<number> {
    if (isTerminal(state)) return lastSeq;
    return this.liveStreams.find(_id)?.lastSeq ?? (await this.chunkLog.lastSeq(_id));
  }

  /** Opens a stream at a cursor. @throws DomainError `cursor_ahead` · `stream_log_expired` */
  async open(record: StreamRecord, afterSeq: number): Promise<StreamSource> {
    const source = this.liveStreams.find(record._id) ?? (await this.storedStreams.open(record, afterSeq));
    if (afterSeq > source.lastSeq) throw ReaderErrors.cursorAhead(source.lastSeq);
    return source;
  }
}
