import { DomainError } from '@parley/platform';

export const VisitorErrors = {
  off: () => new DomainError('forbidden', 'anonymous_off', 'This installation is for signed-in users only.'),
  tooMany: (msLeft: number) =>
    new DomainError('rateLimited', 'too_many_visitors', 'Rate limit exceeded', {
      retryAfterSeconds: Math.max(1, Math.ceil(msLeft / 1_000)),
    }),
};
