import { type DynamicModule, Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AcknowledgementsController } from './acknowledgements/acknowledgements.controller.js';
import { AcknowledgementsService } from './acknowledgements/acknowledgements.service.js';
import { AnswersController } from './answers/answers.controller.js';
import { AnswersService } from './answers/answers.service.js';
import { QuestionsService } from './answers/questions.service.js';
import { CHAT_SESSIONS, chatSessionSchema } from './chat-sessions/chat-session.schema.js';
import { ChatSessionsController } from './chat-sessions/chat-sessions.controller.js';
import { ChatSessionsService } from './chat-sessions/chat-sessions.service.js';
import { MESSAGES, messageSchema } from './messages/message.schema.js';
import { MessagesController } from './messages/messages.controller.js';
import { MessagesService } from './messages/messages.service.js';
import { ModelListController } from './models/models.controller.js';
import { PeriodicJobs } from './recovery/periodic-jobs.js';
import { RecoveryService } from './recovery/recovery.service.js';
import { BooksComparison } from './closings/books-comparison.service.js';
import { SettlementStore } from './closings/closing-store.js';
import { SettlementsService } from './closings/closings.service.js';
import { CHUNK_LOG, chunkLogSchema } from './streams/chunk-log.schema.js';
import { ChunkLog } from './streams/chunk-log.js';
import { LiveStreams } from './readers/live-streams.js';
import { StreamReader } from './readers/stream-reader.js';
import { STREAMS, streamSchema } from './streams/stream.schema.js';
import { StreamStore } from './streams/stream-store.js';
import { StreamsController } from './readers/readers.controller.js';
import { StreamsService } from './readers/readers.service.js';

/** Conversations and their answers. */
@Module({
  imports: [
    MongooseModule.forFeature([
      { name: CHAT_SESSIONS, schema: chatSessionSchema },
      { name: MESSAGES, schema: messageSchema },
      { name: STREAMS, schema: streamSchema },
      { name: CHUNK_LOG, schema: chunkLogSchema },
    ]),
  ],
  controllers: [
    ModelListController,
    ChatSessionsController,
    MessagesController,
    AnswersController,
    AcknowledgementsController,
    StreamsController,
  ],
  providers: [
    ChatSessionsService,
    MessagesService,
    StreamStore,
    ChunkLog,
    LiveStreams,
    StreamsService,
    StreamReader,
    QuestionsService,
    AnswersService,
    AcknowledgementsService,
    SettlementStore,
    SettlementsService,
    BooksComparison,
    RecoveryService,
    PeriodicJobs,
  ],
})
export class ChatModule {
  /** @param outside the modules that provide ModelCatalogue and AccountingClient */
  static with(...outside: DynamicModule[]): DynamicModule {
    return { module: ChatModule, imports: outside };
  }
}
