import { offlineModelId } from '@parley/contracts';
import type { Clock } from '@parley/platform';
import { CompletionCall } from './completion-call.js';
import { type Generation, type GenerationRequest, type Model, ModelProvider } from './model-provider.js';
import { OpenAiModels, toModel } from './openai-models.js';
import { type OpenAiSettings, OpenAiServer } from './openai-server.js';
import { type OpenAiLimits, openAiLimits } from './openai.limits.js';

/** Any server that speaks OpenAI's chat completions: OpenAI, Ollama, vLLM, llama.cpp, LM Studio and many more. */
export class OpenAiProvider extends ModelProvider {
  readonly name = 'openai';
  private readonly server: OpenAiServer;
  private readonly limits: OpenAiLimits;
  private readonly listed: OpenAiModels;
  private readonly configured: Model[] | undefined;

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

  async generate(request: GenerationRequest, onText: (text: string) => void): Promise<Generation> {
    request.signal.throwIfAborted();
    const call = new CompletionCall(this.server, this.limits, request.signal, onText);
    this.server.pool.dispatch(this.server.request('POST', '/chat/completions', toBody(request)), call);
    return call.generation;
  }

  override close(): Promise<void> {
    return this.server.close();
  }
}

const toBody = ({ model, messages, maxTokens, temperature }: GenerationRequest): string =>
  JSON.stringify({
    model,
    messages: messages.map(({ role, content }) => ({ role, content })),
    max_tokens: maxTokens,
    ...(temperature === undefined ? {} : { temperature }),
    stream: true,
    stream_options: { include_usage: true },
  });
