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
}

/** How a generation ended by itself. */
export interface Generation {
  finishReason: 'stop' | 'length' | 'content_filter' | 'other';
  /** The provider's own count, when it gives one. */
  usage?: Pick<Usage, 'input_tokens' | 'output_tokens'>;
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

/** Where answers come from. */
export abstract class ModelProvider {
  abstract readonly name: string;

  /** @throws ModelError when the provider cannot be asked */
  abstract models(): Promise<Model[]>;

  /**
   * Generates one answer; `onText` gets each piece as it arrives, never empty, and must not throw.
   * @throws ModelError · the signal's reason when it was aborted
   */
  abstract generate(request: GenerationRequest, onText: (text: string) => void): Promise<Generation>;

  /** Gives connections back when the service stops. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
