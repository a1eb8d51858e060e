import { tokenCount } from '@parley/contracts';
import type { ModelOutcome } from '../provider/model-provider.js';

/** The parts of a chat completion, whole or in chunks, that are read; anything may be missing or null. */
interface Completion {
  object?: string;
  error?: unknown;
  choices?:
    { index?: number; delta?: Content | null; message?: Content | null; finish_reason?: string | null }[] | null;
  usage?: {
    prompt_tokens?: unknown;
    completion_tokens?: unknown;
    prompt_tokens_details?: { cached_tokens?: unknown } | null;
  } | null;
}

interface Content {
  /** Text, or a list of parts (Mistral's reasoning models). */
  content?: unknown;
  /** What a reasoning model thinks: two names for it are about (DeepSeek and its kin, OpenRouter and Ollama). */
  reasoning_content?: unknown;
  reasoning?: unknown;
}

/** The provider answered with an error of its own instead of text. */
export class ProviderError extends Error {}

const endOfStream = '[DONE]';

/** Reads the data of one stream: hands the text on and remembers how it ended. */
export class CompletionReader {
  /** Nothing more will come. */
  isDone = false;
  private finishReason: string | undefined;
  private usage: ModelOutcome['usage'];
  private hasText = false;

  constructor(private readonly onText: (text: string, isHidden: boolean) => void) {}

  /** How it ended, once the provider has said so. */
  get outcome(): ModelOutcome | undefined {
    if (this.finishReason === undefined) return undefined;
    // Some servers send zeros when they have not counted.
    const isCount = this.usage && (this.usage.output_tokens > 0 || !this.hasText);
    return { finishReason: toFinishReason(this.finishReason), ...(isCount ? { usage: this.usage } : {}) };
  }

  /** @throws SyntaxError when it is not JSON · ProviderError */
  read(data: string): void {
    if (data === endOfStream) {
      this.isDone = true;
      this.finishReason ??= 'stop';
      return;
    }
    const completion = JSON.parse(data) as Completion | null;
    if (completion === null || typeof completion !== 'object') throw new SyntaxError('a chunk is not an object');
    if (completion.error || completion.object === 'error') throw new ProviderError();
    this.readChoice(completion.choices?.[0]);
    this.usage = readUsage(completion.usage) ?? this.usage;
  }

  /** One answer is asked for; a server that gives several is read as if it had given the first. */
  private readChoice(choice: NonNullable<Completion['choices']>[number] | undefined): void {
    if (!choice || (choice.index ?? 0) !== 0) return;
    const { content, reasoning_content, reasoning } = choice.delta ?? choice.message ?? {};
    const thought = [reasoning_content, reasoning].find(isText);
    if (thought !== undefined) this.onText(thought, true);
    for (const part of Array.isArray(content) ? (content as unknown[]) : [content]) this.readPart(part);
    if (choice.finish_reason) this.finishReason = choice.finish_reason;
  }

  private readPart(part: unknown): void {
    const { type, text, thinking } = toPart(part);
    const thought = Array.isArray(thinking)
      ? thinking
          .map((each) => toPart(each).text)
          .filter(isText)
          .join('')
      : '';
    if (thought !== '') this.onText(thought, true);
    if (type === 'text' && isText(text)) this.readText(text);
  }

  private readText(text: string): void {
    this.hasText = true;
    // What was counted before more text came is no count of all of it.
    this.usage = undefined;
    this.onText(text, false);
  }
}

interface Part {
  type?: unknown;
  text?: unknown;
  thinking?: unknown;
}

function toPart(value: unknown): Part {
  if (typeof value === 'string') return { type: 'text', text: value };
  return value !== null && typeof value === 'object' ? value : {};
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Every call has some input: a server that says none has read it from its cache, or not counted. */
function readUsage(usage: Completion['usage']): ModelOutcome['usage'] {
  const input = tokenCount.safeParse(usage?.prompt_tokens);
  const output = tokenCount.safeParse(usage?.completion_tokens);
  if (!input.success || !output.success || input.data === 0) return undefined;
  const cached = tokenCount.safeParse(usage?.prompt_tokens_details?.cached_tokens);
  // More cached tokens than there were tokens is no count at all; then all of them are billed as they came.
  const isPart = cached.success && cached.data > 0 && cached.data <= input.data;
  const fromCache = isPart ? { cache_read_tokens: cached.data } : {};
  return { input_tokens: input.data, output_tokens: output.data, ...fromCache };
}

function toFinishReason(reason: string): ModelOutcome['finishReason'] {
  return reason === 'stop' || reason === 'length' || reason === 'content_filter' ? reason : 'other';
}
