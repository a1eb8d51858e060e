import { DomainError } from '@parley/platform';

export const FactorSignInErrors = {
  /** Unknown, expired, used up, or of another device: all look the same. */
  tokenInvalid: () =>
    new DomainError('unauthenticated', 'mfa_token_invalid', 'This sign-in has ended. Begin again.', {
      challenge: 'Bearer realm="parley"',
    }),
};
