import { DomainError } from '@parley/platform';

const challenge = 'Bearer realm="parley"';

export const LoginErrors = {
  /** The one answer for an unknown user and for a wrong password. */
  invalidCredentials: () =>
    new DomainError('unauthenticated', 'invalid_credentials', 'Incorrect username or password', { challenge }),
  emailNotVerified: () =>
    new DomainError('forbidden', 'email_not_verified', 'Email not verified. Verification required before login.'),
  /** Between the right password and the session, all sessions were ended: by a new password, for instance. */
  credentialChanged: () =>
    new DomainError('unauthenticated', 'credential_changed', 'Your sessions were ended meanwhile. Sign in again.', {
      challenge,
    }),
};
