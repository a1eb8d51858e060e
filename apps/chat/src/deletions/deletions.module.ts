import { Module } from '@nestjs/common';
import { ChatSessionsModule } from '../chat-sessions/chat-sessions.module.js';
import { MessagesModule } from '../messages/messages.module.js';
import { SignalsModule } from '../signals/signals.module.js';
import { DeletionsController } from './deletions.controller.js';
import { DeletionsService } from './deletions.service.js';

/** What has to go with a chat session. */
@Module({
  imports: [ChatSessionsModule, MessagesModule, SignalsModule],
  controllers: [DeletionsController],
  providers: [DeletionsService],
  exports: [DeletionsService],
})
export class DeletionsModule {}
