import { DomainError } from '@parley/platform';

export const UserLimitErrors = {
  tooManyStreams: (retryAfterSeconds: number) =>
    new DomainError('rateLimited', 'too_many_streams', 'You are asking too often; try again later.', {
      retryAfterSeconds,
    }),
  tooManySessions: (retryAfterSeconds: number) =>
    new DomainError('rateLimited', 'too_many_sessions', 'You are beginning too many conversations; try again later.', {
      retryAfterSeconds,
    }),
};
