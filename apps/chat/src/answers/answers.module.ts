import { Module } from '@nestjs/common';
import { ChatSessionsModule } from '../chat-sessions/chat-sessions.module.js';
import { ClosingsModule } from '../closings/closings.module.js';
import { GenerationsModule } from '../generations/generations.module.js';
import { MessagesModule } from '../messages/messages.module.js';
import { ReadersModule } from '../readers/readers.module.js';
import { StreamsModule } from '../streams/streams.module.js';
import { TurnsModule } from '../turns/turns.module.js';
import { UserLimitsModule } from '../user-limits/user-limits.module.js';
import { AnswersController } from './answers.controller.js';
import { AnswersService } from './answers.service.js';
import { FirstHoldsService } from './first-holds.service.js';
import { ModelRights } from './model-rights.js';
import { QuestionsService } from './questions.service.js';
import { ReservationsService } from './reservations.service.js';

/** Whether a paid answer begins. */
@Module({
  imports: [
    ChatSessionsModule,
    ClosingsModule,
    GenerationsModule,
    MessagesModule,
    ReadersModule,
    StreamsModule,
    TurnsModule,
    UserLimitsModule,
  ],
  controllers: [AnswersController],
  providers: [AnswersService, ModelRights, QuestionsService, ReservationsService, FirstHoldsService],
})
export class AnswersModule {}
