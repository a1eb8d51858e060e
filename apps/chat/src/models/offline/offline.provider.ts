import { offlineModelId } from '@parley/contracts';
import { introduce, reply } from './eliza/eliza.js';
import {
  type ModelOutcome,
  type GenerationRequest,
  type Model,
  ModelProvider,
  type OnText,
} from '../provider/model-provider.js';

/** About as fast as one reads along. */
const defaultWordsPerSecond = 30;
const token = /[\p{L}\p{N}'’_]+|[^\s\p{L}\p{N}_]/gu;
const word = /\s*\S+\s*/g;

const model: Model = { id: offlineModelId, provider: 'offline', contextTokens: 8_192, maxOutputTokens: 1_024 };

/** A small conversational program, so that the product answers where there is no model server. It says what it is. */
export class OfflineProvider extends ModelProvider {
  readonly name = 'offline';

  constructor(private readonly wordsPerSecond = defaultWordsPerSecond) {
    super();
  }

  models(): Promise<Model[]> {
    return Promise.resolve([model]);
  }

  async generate(request: GenerationRequest, onText: OnText): Promise<ModelOutcome> {
    const { messages, maxTokens, signal } = request;
    request.onSent?.();
    const whole = answerTo(messages);
    const text = firstTokens(whole, maxTokens);
    for (const each of text.match(word) ?? []) {
      await this.pause(signal);
      await onText(each);
    }
    signal.throwIfAborted();
    const input = messages.reduce((total, { content }) => total + countTokens(content), 0);
    const usage = { input_tokens: input, output_tokens: countTokens(text) };
    return { finishReason: text.length < whole.length ? 'length' : 'stop', usage };
  }

  private pause(signal: AbortSignal): Promise<void> | void {
    signal.throwIfAborted();
    if (this.wordsPerSecond > 0) return delay(1_000 / this.wordsPerSecond, signal);
  }
}

function answerTo(messages: GenerationRequest['messages']): string {
  const answer = reply(messages.filter(({ role }) => role === 'user').map(({ content }) => content));
  return messages.some(({ role }) => role === 'assistant') ? answer : introduce(answer);
}

/** One token for each word or punctuation mark. */
export const countTokens = (text: string): number => text.match(token)?.length ?? 0;

function firstTokens(text: string, count: number): string {
  const next = [...text.matchAll(token)][count];
  return next === undefined ? text : text.slice(0, next.index).trimEnd();
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the caller's own reason is the answer
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
