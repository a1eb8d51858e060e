import { type TerminalStreamState, terminalStreamStates, type Usage } from '@parley/contracts';
import type { CountedUsage } from '../models/provider/model-provider.js';

/**
 * reserved -> streaming -> completed | stopped | failed | interrupted
 * reserved -> rejected (no credits, no model) | interrupted (its process died)
 */
export type StreamState = 'reserved' | 'streaming' | 'rejected' | TerminalStreamState;

/** How the hold of a stream ends. While it is due, accounting is told until it answers. */
export interface Closing {
  state: 'none' | 'due' | 'done' | 'refused';
  /** A settlement with the usage, or a release because nothing was generated. */
  action?: 'settle' | 'release';
  attempts?: number;
  next_attempt_at?: Date;
  charged_ucr?: number;
  /** When to compare this with accounting's books; gone once that is done. */
  compare_at?: Date;
}

export const isTerminal = (state: StreamState): state is TerminalStreamState =>
  (terminalStreamStates as readonly string[]).includes(state);

/** `stream-{13-digit milliseconds}-{uuid v4}`. */
export const newStreamId = (nowMs: number, uuid: string): string => `stream-${String(nowMs).padStart(13, '0')}-${uuid}`;

/** How a generation ended, before it is written down. */
export interface StreamEnd {
  state: TerminalStreamState;
  finishReason: string;
  /** The provider's own count, when it gave one. */
  usage?: CountedUsage;
  error?: { code: string; detail: string; retryable: boolean };
  /** What the model gave and nobody saw, by our own count: it is billed like the text. */
  hiddenTokens?: number;
  /** Stopped for a reason that is not ours, after the model had been asked: that is paid, whatever was shown. */
  isOwed?: boolean;
}

/** All that is in the log of a stream: the text, and the seq of its last chunk. */
export interface LoggedText {
  text: string;
  lastSeq: number;
}

/**
 * The usage that is billed: the provider's, else our own count of what was sent and of what is in the log.
 * @param estimatedInput tokens of the question as sent · @param estimatedOutput tokens of the logged text
 */
export function usageOf({ usage }: StreamEnd, estimatedInput: number, estimatedOutput: number): Usage {
  if (usage) return { ...usage, source: 'provider' };
  return { input_tokens: estimatedInput, output_tokens: estimatedOutput, source: 'estimated' };
}

/**
 * Who pays: text that was shown is paid for, and so is what the model was asked for in vain because the answer was stopped. A
 * stream that failed or was cut off by us before its first chunk is our cost.
 */
export function closingAction({ state, isOwed }: StreamEnd, finalSeq: number): 'settle' | 'release' {
  if (finalSeq > 0 || state === 'completed') return 'settle';
  return state === 'stopped' && isOwed ? 'settle' : 'release';
}
