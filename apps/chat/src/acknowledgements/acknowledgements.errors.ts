import { DomainError } from '@parley/platform';

export const AcknowledgementErrors = {
  /** One body for an id that is unknown, another user's or another session's: it never tells the right one. */
  mismatch: () => new DomainError('invalid', 'stream_id_mismatch', 'Streaming session ID mismatch'),
  inProgress: () =>
    new DomainError('conflict', 'stream_in_progress', 'The answer is still being given; report it when it is done.', {
      retryAfterSeconds: 1,
    }),
};
