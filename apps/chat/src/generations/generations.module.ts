import { Module } from '@nestjs/common';
import { ChatSessionsModule } from '../chat-sessions/chat-sessions.module.js';
import { ClosingsModule } from '../closings/closings.module.js';
import { ReadersModule } from '../readers/readers.module.js';
import { SignalsModule } from '../signals/signals.module.js';
import { StreamsModule } from '../streams/streams.module.js';
import { TurnsModule } from '../turns/turns.module.js';
import { EndingsService } from './endings.service.js';
import { GenerationsService } from './generations.service.js';
import { SupervisionService } from './supervision.service.js';

/** The act: what a model says, as far as a hold covers it, made durable and brought to an end. */
@Module({
  imports: [ChatSessionsModule, ClosingsModule, ReadersModule, SignalsModule, StreamsModule, TurnsModule],
  providers: [GenerationsService, EndingsService, SupervisionService],
  exports: [GenerationsService],
})
export class GenerationsModule {}
