import type { ModelMessage } from '../provider/model-provider.js';

/** English runs at about four bytes a token; counting bytes keeps the estimate fair for other scripts. */
export const bytesPerToken = 4;
/** The marks around each message in the chat format. */
const tokensPerMessage = 4;
/** The marks that open the answer. */
const tokensPerCall = 3;

/** How many tokens a text has, when no provider has counted them. */
export const estimateTokens = (text: string): number => Math.ceil(Buffer.byteLength(text, 'utf8') / bytesPerToken);

export const estimateMessage = ({ content }: ModelMessage): number => tokensPerMessage + estimateTokens(content);

/** How many tokens a conversation has as the input of one call. */
export const estimateMessages = (messages: readonly ModelMessage[]): number =>
  messages.reduce((total, message) => total + estimateMessage(message), tokensPerCall);
