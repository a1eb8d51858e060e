import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LOGGER, type Logger } from '@parley/platform';
import { type Model, ModelError, type ModelProvider } from './provider/model-provider.js';
import { ModelErrors } from './provider/models.errors.js';

/** In order of preference: the first provider's first model is the default one. */
export const MODEL_PROVIDERS = Symbol('ModelProviders');

export interface FoundModel {
  model: Model;
  provider: ModelProvider;
}

/** All models that can answer, and who answers for them. */
@Injectable()
export class ModelCatalogue implements OnApplicationShutdown {
  private readonly away = new Set<ModelProvider>();

  constructor(
    @Inject(MODEL_PROVIDERS) private readonly providers: readonly ModelProvider[],
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** A provider that cannot be reached is left out. */
  async list(): Promise<Model[]> {
    const lists = await Promise.all(this.providers.map((provider) => this.modelsOf(provider)));
    return lists.flatMap((models) => (models instanceof ModelError ? [] : models));
  }

  /** @throws DomainError `models_unavailable` when the model may be one of a provider that cannot be reached */
  async find(id: string): Promise<FoundModel | undefined> {
    let failure: ModelError | undefined;
    // The offline provider stands last and knows without asking, so its model never waits for somebody else's server.
    for (const provider of this.providers.toReversed()) {
      const models = await this.modelsOf(provider);
      if (models instanceof ModelError) failure = models;
      else {
        const model = models.find((each) => each.id === id);
        if (model) return { model, provider };
      }
    }
    if (failure) throw ModelErrors.unavailable(failure.cause);
    return undefined;
  }

  /**
   * Never another provider's model because the preferred one is away: its answers and its price would surprise.
   * @throws DomainError `models_unavailable`
   */
  async defaultModel(): Promise<Model> {
    for (const provider of this.providers) {
      const models = await this.modelsOf(provider);
      if (models instanceof ModelError) throw ModelErrors.unavailable(models.cause);
      if (models[0]) return models[0];
    }
    throw ModelErrors.unavailable();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.providers.map((provider) => provider.close()));
  }

  private async modelsOf(provider: ModelProvider): Promise<Model[] | ModelError> {
    try {
      const models = await provider.models();
      if (this.away.delete(provider)) this.logger.info({ provider: provider.name }, 'a model provider is back');
      return models;
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      if (!this.away.has(provider))
        this.logger.warn({ provider: provider.name, err: error.cause }, 'a model provider cannot be reached');
      this.away.add(provider);
      return error;
    }
  }
}
