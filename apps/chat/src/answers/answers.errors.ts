import { DomainError } from '@parley/platform';

export const AnswerErrors = {
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
  modelNotAllowed: (model: string) =>
    new DomainError('forbidden', 'model_not_allowed', 'Your role in the organization may not use this model.', {
      facts: { model },
    }),
  contentTooLong: () =>
    new DomainError('unprocessable', 'content_too_long', "The message does not fit into the model's context window."),
  maxTokensTooLarge: (most: number) =>
    new DomainError('unprocessable', 'max_tokens_too_large', `This model gives at most ${most} tokens.`, {
      facts: { max_output_tokens: most },
    }),
  draining: () =>
    new DomainError('unavailable', 'draining', 'This node is shutting down; try again.', { retryAfterSeconds: 2 }),
};
