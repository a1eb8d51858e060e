import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { inTransaction } from '@parley/platform';
import type { Connection } from 'mongoose';
import { ChatSessionErrors } from '../chat-sessions/chat-sessions.errors.js';
import { ChatSessionsService } from '../chat-sessions/chat-sessions.service.js';
import { MessagesService } from '../messages/messages.service.js';
import { StreamSignals } from '../signals/stream-signals.js';

/** Removes a chat session with all that belongs to it. */
@Injectable()
export class DeletionsService {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly chatSessions: ChatSessionsService,
    private readonly messages: MessagesService,
    private readonly signals: StreamSignals,
  ) {}

  /** Ends a running answer too; what was charged stays in the ledger. @throws DomainError `session_not_found` */
  async delete(userId: string, sessionId: string): Promise<void> {
    const isDeleted = await inTransaction(this.connection, async (transaction) => {
      if (!(await this.chatSessions.markDeleted(userId, sessionId, transaction))) return false;
      await this.messages.deleteAll(sessionId, transaction);
      return true;
    });
    if (!isDeleted) throw ChatSessionErrors.notFound();
    this.signals.send('session_deleted', sessionId);
  }
}
