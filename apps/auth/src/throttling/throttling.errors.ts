import { DomainError } from '@parley/platform';

export const ThrottlingErrors = {
  /** One answer for every limit and every password, the right one too. */
  tooManyAttempts: (msLeft: number) =>
    new DomainError('rateLimited', 'too_many_attempts', 'Rate limit exceeded', {
      retryAfterSeconds: Math.max(1, Math.ceil(msLeft / 1_000)),
    }),
};
