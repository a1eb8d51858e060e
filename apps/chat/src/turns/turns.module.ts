import { Module } from '@nestjs/common';
import { MessagesModule } from '../messages/messages.module.js';
import { StreamsModule } from '../streams/streams.module.js';
import { TurnsService } from './turns.service.js';

/** A question and its answer: one stream, two messages. */
@Module({
  imports: [MessagesModule, StreamsModule],
  providers: [TurnsService],
  exports: [TurnsService],
})
export class TurnsModule {}
