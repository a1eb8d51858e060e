import type { Usage } from '@parley/contracts';

/** One message of the conversation as a model reads it. */
export interface ModelMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface Model {
  id: string;
  provider: string;
  /** How many tokens fit into one call, question and answer together. */
  contextTokens: number;
  /** The longest answer the model gives. */
  maxOutputTokens: number;
}

export interface GenerationRequest {
  model: string;
  messages: readonly ModelMessage[];
  maxTokens: number;
  temperature?: number;
  /** Ends the call at the provider. */
  signal: AbortSignal;
  /** Called when the request leaves for the provider: from here on it costs something. */
  onSent?: () => void;
}

/** A provider's count; the tokens that it read from its cache are a part of the input. */
export type CountedUsage = Pick<Usage, 'input_tokens' | 'output_tokens' | 'cache_read_tokens'>;

/** How a model's answer ended by itself. */
export interface ModelOutcome {
  finishReason: 'stop' | 'length' | 'content_filter' | 'other';
  /** The provider's own count, when it gives one. */
  usage?: CountedUsage;
}

/** A model failed. `detail` is a public sentence; the provider's own words are the cause and go to the log only. */
export class ModelError extends Error {
  constructor(
    readonly code: 'model_failed' | 'model_timeout',
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(detail, options);
    this.name = 'ModelError';
  }
}

/**
 * Called with a piece of an answer, or of what the model thinks before it, which is hidden. While the promise that it returns
 * is pending, nothing more is read from the model.
 */
export type OnText = (text: string, isHidden?: boolean) => Promise<void> | undefined;

/** Where answers come from. */
export abstract class ModelProvider {
  abstract readonly name: string;

  /** @throws ModelError when the provider cannot be asked */
  abstract models(): Promise<Model[]>;

  /**
   * Generates one answer; `onText` gets each piece as it arrives, never empty and one at a time, and must not
   * throw or reject.
   * @throws ModelError · the signal's reason when it was aborted
   */
  abstract generate(request: GenerationRequest, onText: OnText): Promise<ModelOutcome>;

  /** Gives connections back when the service stops. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
