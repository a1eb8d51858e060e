import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { UserLimitsModule } from '../user-limits/user-limits.module.js';
import { CHAT_SESSIONS, chatSessionSchema } from './chat-session.schema.js';
import { ChatSessionsController } from './chat-sessions.controller.js';
import { ChatSessionsService } from './chat-sessions.service.js';

/** The conversations of a user. */
@Module({
  imports: [MongooseModule.forFeature([{ name: CHAT_SESSIONS, schema: chatSessionSchema }]), UserLimitsModule],
  controllers: [ChatSessionsController],
  providers: [ChatSessionsService],
  exports: [ChatSessionsService],
})
export class ChatSessionsModule {}
