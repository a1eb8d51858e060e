import { DomainError } from '@parley/platform';

const challenge = 'Bearer realm="parley"';

export const SecondFactorErrors = {
  /** One answer for a wrong code, one that was used, and one that came too late. */
  codeInvalid: () => new DomainError('unauthenticated', 'invalid_code', 'The code is not valid.', { challenge }),
  /** On routes for people who are signed in, where a 401 would tell their client to sign in anew. */
  confirmationFailed: () => new DomainError('invalid', 'invalid_code', 'The code is not valid.'),
  nothingToConfirm: () =>
    new DomainError(
      'conflict',
      'totp_not_begun',
      'Ask for a new secret first; the last one was confirmed or is too old.',
    ),
  totpNotEnabled: () => new DomainError('notFound', 'totp_not_enabled', 'No authenticator app is set up.'),
  noFactor: () =>
    new DomainError(
      'conflict',
      'factor_missing',
      'Recovery codes are for accounts with a second factor: set one up first.',
    ),
  factorRequired: () =>
    new DomainError('conflict', 'factor_required', 'Administrators keep a second factor. Set up another one first.'),
};
