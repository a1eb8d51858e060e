import type { ModelMessage } from '../provider/model-provider.js';

/** English runs at about four bytes a token; counting bytes keeps the estimate fair for other scripts. */
export const bytesPerToken = 4;
/** The marks around each message in the chat format. */
const tokensPerMessage = 4;
/** The marks that open the answer. */
const tokensPerCall = 3;

const tokensOf = (bytes: number): number => Math.ceil(bytes / bytesPerToken);

/**
 * How many tokens a text has, when no provider has counted them. This is what is billed: it needs nothing but the text, so that
 * a stream which is ended by recovery costs the same.
 */
export const estimateTokens = (text: string): number => tokensOf(Buffer.byteLength(text));

export const estimateMessage = ({ content }: ModelMessage): number => tokensPerMessage + estimateTokens(content);

/** How many tokens a conversation has as the input of one call. */
export const estimateMessages = (messages: readonly ModelMessage[]): number =>
  messages.reduce((total, message) => total + estimateMessage(message), tokensPerCall);

/**
 * The same count while the text arrives, with one thing more: a piece is at least one token, because models send no less at a
 * time. It decides what has to be covered, where counting too little would be our loss.
 */
export class TokenCount {
  pieces = 0;
  bytes = 0;

  get tokens(): number {
    return Math.max(this.pieces, tokensOf(this.bytes));
  }

  /** What it would be with one piece more. */
  tokensWith(text: string): number {
    return Math.max(this.pieces + 1, tokensOf(this.bytes + Buffer.byteLength(text)));
  }

  add(text: string): void {
    this.pieces++;
    this.bytes += Buffer.byteLength(text);
  }
}
