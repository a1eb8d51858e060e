import { type DynamicModule, Module } from '@nestjs/common';
import { AuthLibModule } from '@parley/auth';
import { type Clock, type Logger, PlatformModule } from '@parley/platform';
import { AccountingModule } from './accounting/accounting.module.js';
import { ChatModule } from './chat.module.js';
import type { ChatConfig } from './config.js';
import { ModelsModule, type ModelsSettings } from './models/models.module.js';

/** What is not configured but given by who starts it; the clock and the pace are those of tests. */
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
        AuthLibModule.remote({ service: 'chat', authUrl, credentials }),
        ChatModule.with(AccountingModule.register(accountingUrl), ModelsModule.register(models)),
      ],
    };
  }
}
