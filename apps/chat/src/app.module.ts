import { type DynamicModule, Module } from '@nestjs/common';
import { AuthLibModule } from '@parley/auth';
import { chatPermissions } from '@parley/contracts';
import { type Clock, type Logger, PlatformModule } from '@parley/platform';
import { AccountingModule } from './accounting/accounting.module.js';
import { AcknowledgementsModule } from './acknowledgements/acknowledgements.module.js';
import { AnswersModule } from './answers/answers.module.js';
import { ChatSessionsModule } from './chat-sessions/chat-sessions.module.js';
import { ClosingsModule } from './closings/closings.module.js';
import type { ChatConfig } from './config.js';
import { DeletionsModule } from './deletions/deletions.module.js';
import { DeparturesModule } from './departures/departures.module.js';
import { GenerationsModule } from './generations/generations.module.js';
import { MessagesModule } from './messages/messages.module.js';
import { ModelsModule, type ModelsSettings } from './models/models.module.js';
import { ReadersModule } from './readers/readers.module.js';
import { RecoveryModule } from './recovery/recovery.module.js';
import { SignalsModule } from './signals/signals.module.js';
import { StreamsModule } from './streams/streams.module.js';
import { TurnsModule } from './turns/turns.module.js';
import { UserLimitsModule } from './user-limits/user-limits.module.js';

/** Given by whoever starts the service, not by its environment; clock and pace are for tests. */
interface Runtime extends Pick<ModelsSettings, 'offlineWordsPerSecond'> {
  logger: Logger;
  clock?: Clock;
}

/** The chat service: conversations, streamed answers and their streaming session ids. */
@Module({})
export class AppModule {
  static for(config: ChatConfig, { logger, clock, offlineWordsPerSecond }: Runtime): DynamicModule {
    const { mongo, authUrl, accountingUrl, credentials, openai } = config;
    const models = {
      ...(openai ? { openai } : {}),
      ...(offlineWordsPerSecond === undefined ? {} : { offlineWordsPerSecond }),
    };
    return {
      module: AppModule,
      imports: [
        PlatformModule.register({
          service: 'chat',
          description: 'Conversations with models, streamed and paid for.',
          mongo,
          logger,
          ...(clock ? { clock } : {}),
        }),
        AuthLibModule.remote({ service: 'chat', authUrl, credentials, permissions: chatPermissions }),
        // Who is asked: what the user may spend, and what the model says.
        AccountingModule.register(accountingUrl),
        ModelsModule.register(models),
        // What one user may not do too often.
        UserLimitsModule,
        // Conversations.
        ChatSessionsModule,
        MessagesModule,
        DeletionsModule,
        // One generation: its record and log, the turn that it is a part of, and how its hold ends.
        StreamsModule,
        TurnsModule,
        ClosingsModule,
        SignalsModule,
        // From the request to the end: what is decided, done, read, reported, and mended after a crash.
        AnswersModule,
        GenerationsModule,
        ReadersModule,
        AcknowledgementsModule,
        RecoveryModule,
        // When a user is gone.
        DeparturesModule,
      ],
    };
  }
}
