import type { ModelMessage } from '../models/provider/model-provider.js';
import { estimateMessage, estimateMessages } from '../models/tokens/token-count.js';

/**
 * Drops the oldest messages until the rest fits. A system message stays in front, the last user message always stays (even
 * when it alone is too large: whether to ask at all is the caller's decision), and what is left never starts with an
 * assistant message, because several models refuse such a conversation.
 */
export function fitHistory(messages: readonly ModelMessage[], budgetTokens: number): ModelMessage[] {
  const system = messages[0]?.role === 'system' ? messages.slice(0, 1) : [];
  const rest = messages.slice(system.length);
  const question = rest.findLastIndex(({ role }) => role === 'user');
  const mayDrop = question === -1 ? rest.length : question;
  let tokens = estimateMessages(messages);
  let first = 0;
  while (first < mayDrop && (tokens > budgetTokens || rest[first]!.role === 'assistant')) {
    tokens -= estimateMessage(rest[first]!);
    first += 1;
  }
  return [...system, ...rest.slice(first)];
}
