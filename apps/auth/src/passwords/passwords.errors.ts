import { DomainError } from '@parley/platform';

export const PasswordErrors = {
  busy: () =>
    new DomainError('unavailable', 'password_checks_busy', 'Too many people are signing in right now.', {
      retryAfterSeconds: 1,
    }),
};
