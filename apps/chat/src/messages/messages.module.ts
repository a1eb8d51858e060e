import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { ChatSessionsModule } from '../chat-sessions/chat-sessions.module.js';
import { MESSAGES, messageSchema } from './message.schema.js';
import { MessagesController } from './messages.controller.js';
import { MessagesService } from './messages.service.js';

/** What was said in a chat session. */
@Module({
  imports: [MongooseModule.forFeature([{ name: MESSAGES, schema: messageSchema }]), ChatSessionsModule],
  controllers: [MessagesController],
  providers: [MessagesService],
  exports: [MessagesService],
})
export class MessagesModule {}
