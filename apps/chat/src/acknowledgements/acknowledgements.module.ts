import { Module } from '@nestjs/common';
import { ChatSessionsModule } from '../chat-sessions/chat-sessions.module.js';
import { MessagesModule } from '../messages/messages.module.js';
import { ReadersModule } from '../readers/readers.module.js';
import { StreamsModule } from '../streams/streams.module.js';
import { AcknowledgementsController } from './acknowledgements.controller.js';
import { AcknowledgementsService } from './acknowledgements.service.js';

/** The client's report of a finished answer. */
@Module({
  imports: [ChatSessionsModule, MessagesModule, ReadersModule, StreamsModule],
  controllers: [AcknowledgementsController],
  providers: [AcknowledgementsService],
})
export class AcknowledgementsModule {}
