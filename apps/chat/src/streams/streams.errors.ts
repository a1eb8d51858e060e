import { DomainError } from '@parley/platform';

export const StreamErrors = {
  notFound: () => new DomainError('notFound', 'stream_not_found', 'There is no such stream.'),
  alreadyActive: (activeStreamId: string) =>
    new DomainError('conflict', 'stream_already_active', 'An answer is already being given in this session.', {
      facts: { active_stream_id: activeStreamId },
    }),
  idempotencyKeyReused: () =>
    new DomainError('unprocessable', 'idempotency_key_reused', 'This Idempotency-Key was used with another request.'),
  modelNotFound: (model: string) =>
    new DomainError('unprocessable', 'model_not_found', 'There is no such model; see GET /chat/models.', {
      facts: { model },
    }),
  contentTooLong: () =>
    new DomainError('unprocessable', 'content_too_long', "The message does not fit into the model's context window."),
  maxTokensTooLarge: (most: number) =>
    new DomainError('unprocessable', 'max_tokens_too_large', `This model gives at most ${most} tokens.`, {
      facts: { max_output_tokens: most },
    }),
  storeUnavailable: (cause?: unknown) =>
    new DomainError('unavailable', 'stream_store_unavailable', 'Streams cannot be stored right now.', {
      retryAfterSeconds: 2,
      cause,
    }),
  draining: () =>
    new DomainError('unavailable', 'draining', 'This node is shutting down; try again.', { retryAfterSeconds: 2 }),
  cursorMismatch: () => new DomainError('invalid', 'cursor_mismatch', 'The Last-Event-ID belongs to another stream.'),
  cursorInvalid: () => new DomainError('invalid', 'cursor_invalid', '`after` is a whole number from 0.'),
  cursorAhead: (lastSeq: number) =>
    new DomainError('conflict', 'cursor_ahead', 'The cursor is past the end of the stream.', {
      facts: { last_seq: lastSeq },
    }),
  logExpired: (messageId: string) =>
    new DomainError('gone', 'stream_log_expired', 'The chunks are gone; the message holds the whole text.', {
      facts: { message_id: messageId },
    }),
};
