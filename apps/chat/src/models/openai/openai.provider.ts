import { offlineModelId } from '@parley/contracts';
import type { Clock } from '@parley/platform';
import { CompletionCall } from './completion-call.js';
import {
  type ModelOutcome,
  type GenerationRequest,
  type Model,
  ModelError,
  ModelProvider,
  type OnText,
} from '../provider/model-provider.js';
import { OpenAiModels, toModel } from './openai-models.js';
import { type OpenAiSettings, OpenAiServer } from './openai-server.js';
import { type OpenAiLimits, openAiLimits } from './openai.limits.js';
import { Refusal } from './refusal.js';

type LimitName = 'max_tokens' | 'max_completion_tokens';

/** Any server that speaks OpenAI's chat completions: OpenAI, Ollama, vLLM, llama.cpp, LM Studio and many more. */
export class OpenAiProvider extends ModelProvider {
  readonly name = 'openai';
  private readonly server: OpenAiServer;
  private readonly limits: OpenAiLimits;
  private readonly listed: OpenAiModels;
  private readonly configured: Model[] | undefined;
  /** Models that have refused `max_tokens`; only ids that a request of ours has named, so no more than are listed. */
  private readonly wantOtherLimitName = new Set<string>();

  constructor(settings: OpenAiSettings, clock: Clock, limits: Partial<OpenAiLimits> = {}) {
    super();
    this.limits = { ...openAiLimits, ...limits };
    this.server = new OpenAiServer(settings, this.limits.connectMs);
    this.listed = new OpenAiModels(this.server, clock, this.limits.modelsMs);
    this.configured = settings.models?.filter((id) => id !== offlineModelId).map((id) => toModel(id));
  }

  models(): Promise<Model[]> {
    return this.configured ? Promise.resolve(this.configured) : this.listed.list();
  }

  async generate(request: GenerationRequest, onText: OnText): Promise<ModelOutcome> {
    if (this.wantOtherLimitName.has(request.model)) return this.call(request, 'max_completion_tokens', onText);
    try {
      return await this.call(request, 'max_tokens', onText);
    } catch (error) {
      // It was refused before anything was generated, so asking again costs nothing and says nothing twice.
      if (!wantsOtherLimitName(error)) throw error;
      this.wantOtherLimitName.add(request.model);
      return this.call(request, 'max_completion_tokens', onText);
    }
  }

  override close(): Promise<void> {
    return this.server.close();
  }

  private async call(request: GenerationRequest, limitName: LimitName, onText: OnText): Promise<ModelOutcome> {
    request.signal.throwIfAborted();
    const call = new CompletionCall(this.server, this.limits, request, onText);
    this.server.pool.dispatch(this.server.request('POST', '/chat/completions', toBody(request, limitName)), call);
    return call.outcome;
  }
}

const wantsOtherLimitName = (error: unknown): boolean =>
  error instanceof ModelError && error.cause instanceof Refusal && error.cause.wantsOtherLimitName;

const toBody = ({ model, messages, maxTokens, temperature }: GenerationRequest, limitName: LimitName): string =>
  JSON.stringify({
    model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    [limitName]: maxTokens,
    ...(temperature === undefined ? {} : { temperature }),
    stream: true,
    stream_options: { include_usage: true },
  });
