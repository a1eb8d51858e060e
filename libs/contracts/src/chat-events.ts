import type { Usage } from './accounting.js';

/** The terminal states of a stream. */
export const terminalStreamStates = ['completed', 'stopped', 'failed', 'interrupted'] as const;
export type TerminalStreamState = (typeof terminalStreamStates)[number];

/** The payloads of the SSE events of a stream; each has the id `{streaming_session_id}:{seq}`. */
export interface StartEvent {
  streaming_session_id: string;
  message_id: string;
  model: string;
}

export interface ChunkEvent {
  text: string;
  /** 1 for the first chunk, without gaps. */
  seq: number;
}

export interface ErrorEvent {
  code: string;
  detail: string;
  retryable: boolean;
}

export interface DoneEvent {
  state: TerminalStreamState;
  /** `stop`, `length`, `credits`, …: why it ended. */
  finish_reason: string;
  /** Input and output tokens together. */
  tokensUsed: number;
  usage: Usage;
  /** The last chunk's seq. */
  final_seq: number;
  /** SHA-256 of the whole text in UTF-8, lower-case hexadecimal. */
  sha256: string;
  message_id: string;
  /** null while the settlement is still under way. */
  charged_ucr: number | null;
}
