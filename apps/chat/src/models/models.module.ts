import { type DynamicModule, Module } from '@nestjs/common';
import { Clock } from '@parley/platform';
import { MODEL_PROVIDERS, ModelCatalogue } from './model-catalogue.js';
import type { ModelProvider } from './provider/model-provider.js';
import { OfflineProvider } from './offline/offline.provider.js';
import { OpenAiProvider } from './openai/openai.provider.js';
import type { OpenAiSettings } from './openai/openai-server.js';

export interface ModelsSettings {
  openai?: OpenAiSettings;
  /** How fast the offline model talks; 0: at once. */
  offlineWordsPerSecond?: number;
}

/** The one place where it is decided who answers. */
@Module({})
export class ModelsModule {
  static register({ openai, offlineWordsPerSecond }: ModelsSettings): DynamicModule {
    return {
      module: ModelsModule,
      providers: [
        {
          provide: MODEL_PROVIDERS,
          inject: [Clock],
          useFactory: (clock: Clock): ModelProvider[] => [
            ...(openai ? [new OpenAiProvider(openai, clock)] : []),
            new OfflineProvider(offlineWordsPerSecond),
          ],
        },
        ModelCatalogue,
      ],
      exports: [ModelCatalogue],
    };
  }
}
