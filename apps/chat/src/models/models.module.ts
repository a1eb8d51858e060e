import { type DynamicModule, Module } from '@nestjs/common';
import { Clock } from '@parley/platform';
import { MODEL_PROVIDERS, ModelCatalogue } from './model-catalogue.js';
import { ModelsController } from './models.controller.js';
import type { ModelProvider } from './provider/model-provider.js';
import { OfflineProvider } from './offline/offline.provider.js';
import { OpenAiProvider } from './openai/openai.provider.js';
import type { OpenAiSettings } from './openai/openai-server.js';

export interface ModelsSettings {
  openai?: OpenAiSettings;
  /** How fast the offline model talks; 0: at once. */
  offlineWordsPerSecond?: number;
}

/** The models that can answer, and the one place where it is decided which servers they are on. */
@Module({})
export class ModelsModule {
  static register({ openai, offlineWordsPerSecond }: ModelsSettings): DynamicModule {
    return {
      module: ModelsModule,
      global: true,
      controllers: [ModelsController],
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
