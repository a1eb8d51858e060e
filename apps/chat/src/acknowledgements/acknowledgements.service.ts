import { Injectable } from '@nestjs/common';
import { ChatSessionsService } from '../chat-sessions/chat-sessions.service.js';
import { ChatSessionErrors } from '../chat-sessions/chat-sessions.errors.js';
import { toMessageDto } from '../messages/messages.dto.js';
import { MessagesService } from '../messages/messages.service.js';
import { ReaderWait } from '../readers/reader-wait.js';
import { LiveStreams } from '../readers/live-streams.js';
import { isTerminal } from '../streams/stream.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { StreamStore } from '../streams/stream-store.js';
import type { AcknowledgementDto, UpdateStream } from './acknowledgements.dto.js';
import { AcknowledgementErrors } from './acknowledgements.errors.js';

/** How long a report that comes before the end waits for it. */
const waitForEndMs = 2_000;

/**
 * The client's report of a finished answer. The id was stored before the client could know it, so an id that is not found was
 * never issued, and refusing it is always right: there is nothing to wait for and no form to trust.
 */
@Injectable()
export class AcknowledgementsService {
  constructor(
    private readonly store: StreamStore,
    private readonly chatSessions: ChatSessionsService,
    private readonly messages: MessagesService,
    private readonly liveStreams: LiveStreams,
  ) {}

  /** @throws DomainError `stream_id_mismatch` 400 · `stream_in_progress` 409 */
  async acknowledge(userId: string, sessionId: string, report: UpdateStream): Promise<AcknowledgementDto> {
    const record = await this.findEnded(report.streaming_session_id, userId, sessionId);
    const message = await this.messages.find(record.message_id);
    const contentMatch = (message?.content ?? '') === report.complete_response;
    const isFirst = await this.store.acknowledge(record, contentMatch);
    return {
      accepted: true,
      content_match: contentMatch,
      final_seq: record.last_seq,
      sha256: record.sha256!,
      message: message && toMessageDto(message),
      usage: record.usage!,
      charged_ucr: record.settlement.charged_ucr ?? null,
      already_acknowledged: !isFirst,
    };
  }

  private async findEnded(streamId: string, userId: string, sessionId: string): Promise<StreamRecord> {
    const record = await this.store.findOwn(streamId, userId, sessionId);
    if (!record || record.state === 'rejected') throw AcknowledgementErrors.mismatch();
    await this.chatSessions.get(userId, sessionId).catch((error: unknown) => {
      throw (error as { code?: string }).code === ChatSessionErrors.notFound().code
        ? AcknowledgementErrors.mismatch()
        : error;
    });
    if (isTerminal(record.state)) return record;
    await this.waitForEnd(streamId);
    const later = await this.store.findOwn(streamId, userId, sessionId);
    if (!later || !isTerminal(later.state)) throw AcknowledgementErrors.inProgress();
    return later;
  }

  private async waitForEnd(streamId: string): Promise<void> {
    const stream = this.liveStreams.find(streamId);
    if (!stream) return;
    const wait = new ReaderWait(AbortSignal.timeout(waitForEndMs), waitForEndMs);
    const unwatch = stream.watch(wait.change);
    while (!stream.over && !stream.failure && (await wait.next()) === 'changed');
    unwatch();
    wait.end();
  }
}
