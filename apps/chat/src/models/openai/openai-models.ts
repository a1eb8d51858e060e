import { modelId, offlineModelId } from '@parley/contracts';
import type { Clock } from '@parley/platform';
import type { Model } from '../provider/model-provider.js';
import { ModelErrors } from '../provider/models.errors.js';
import { type OpenAiServer, withoutData } from './openai-server.js';
import { Refusal } from './refusal.js';

/** How old a list may be before the server is asked again. */
const refreshAfterMs = 60_000;
/** While the server is away it is asked this often, so that requests do not queue up behind its timeout. */
const retryPauseMs = 5_000;
/** A hub lists hundreds of models; more than this is not a list for people. */
const maxModels = 1_000;
const maxListBytes = 4 * 1_048_576;

/** What is assumed of a model about which the server says nothing: every current model can do this. */
export const defaultContextTokens = 8_192;
export const defaultMaxOutputTokens = 4_096;

/** The models of one server: asked once a minute; the last good list serves while the server is away. */
export class OpenAiModels {
  private known: Model[] | undefined;
  private fetchedAt = Number.NEGATIVE_INFINITY;
  private triedAt = Number.NEGATIVE_INFINITY;
  private failure: unknown;
  private fetching: Promise<void> | undefined;

  constructor(
    private readonly server: OpenAiServer,
    private readonly clock: Clock,
    private readonly timeoutMs: number,
  ) {}

  /** @throws ModelError when there has never been a list */
  async list(): Promise<Model[]> {
    const now = this.clock.now();
    const isDue = now - this.fetchedAt >= refreshAfterMs && (!this.failure || now - this.triedAt >= retryPauseMs);
    if (isDue) this.fetching ??= this.refresh().finally(() => (this.fetching = undefined));
    await this.fetching;
    if (!this.known) throw ModelErrors.unreachable(this.failure);
    return this.known;
  }

  private async refresh(): Promise<void> {
    this.triedAt = this.clock.now();
    try {
      this.known = readModelList(await this.fetch());
      this.fetchedAt = this.clock.now();
      this.failure = undefined;
    } catch (error) {
      this.failure = withoutData(error as Error);
    }
  }

  private async fetch(): Promise<unknown> {
    const signal = AbortSignal.timeout(this.timeoutMs);
    const asked = this.server.pool.request({ ...this.server.request('GET', '/models'), signal });
    const { statusCode, headers, body } = await asked;
    const parts: Buffer[] = [];
    let bytes = 0;
    for await (const part of body) {
      parts.push(part as Buffer);
      bytes += (part as Buffer).length;
      if (bytes > maxListBytes) throw new Error('the list of models is too large');
    }
    const text = Buffer.concat(parts).toString('utf8');
    if (statusCode !== 200) throw Refusal.read(this.server, statusCode, headers, text);
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new Error(`the list of models is not JSON: ${text.length} characters`);
    }
  }
}

/** Servers name the context differently: OpenRouter and llama.cpp's kin, vLLM, Groq. */
const contextNames = ['context_length', 'max_model_len', 'context_window'];

/** Leaves out what our own API could not name. */
export function readModelList(body: unknown): Model[] {
  const { data } = (body ?? {}) as { data?: unknown };
  if (!Array.isArray(data)) throw new Error('not a list of models');
  const models = (data as (Record<string, unknown> | null)[]).filter(
    (each): each is { id: string } => typeof each === 'object' && modelId.safeParse(each?.id).success,
  );
  return models
    .filter(({ id }) => id !== offlineModelId)
    .slice(0, maxModels)
    .map((each) => toModel(each.id, contextOf(each)));
}

export function toModel(id: string, contextTokens = defaultContextTokens): Model {
  return { id, provider: 'openai', contextTokens, maxOutputTokens: Math.min(defaultMaxOutputTokens, contextTokens) };
}

function contextOf(model: Record<string, unknown>): number | undefined {
  const given = contextNames.map((name) => model[name]);
  return given.find((value): value is number => Number.isSafeInteger(value) && (value as number) > 0);
}
