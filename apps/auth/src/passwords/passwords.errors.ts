import { DomainError } from '@parley/platform';

export const PasswordErrors = {
  busy: () =>
    new DomainError('unavailable', 'password_checks_busy', 'Too many people are signing in right now.', {
      retryAfterSeconds: 1,
    }),
  tooShort: (min: number) =>
    new DomainError('invalid', 'password_too_short', `A password has at least ${min} characters.`, {
      facts: { min_length: min },
    }),
  tooLong: (max: number) =>
    new DomainError('invalid', 'password_too_long', `A password has at most ${max} characters.`, {
      facts: { max_length: max },
    }),
  common: () =>
    new DomainError('invalid', 'password_common', 'This password is one of those that everybody tries first.'),
  contextual: () =>
    new DomainError('invalid', 'password_contextual', 'This password is made of your own name or address.'),
  /** Not 401: the caller stays signed in. */
  incorrect: () => new DomainError('forbidden', 'password_incorrect', 'Incorrect password'),
};
