import { DomainError } from '@parley/platform';

const realm = 'Bearer realm="parley"';

/** What the guard refuses, with the challenges of RFC 6750, 3. */
export const AuthErrors = {
  tokenMissing: () =>
    new DomainError('unauthenticated', 'token_missing', 'Send an access token as "Authorization: Bearer …".', {
      challenge: realm,
    }),
  tokenInvalid: () =>
    new DomainError('unauthenticated', 'invalid_token', 'The token is not valid.', {
      challenge: `${realm}, error="invalid_token"`,
    }),
  tokenExpired: () =>
    new DomainError('unauthenticated', 'token_expired', 'The token has expired.', {
      challenge: `${realm}, error="invalid_token", error_description="token_expired"`,
    }),
  severalTokens: () => new DomainError('invalid', 'invalid_request', 'Send exactly one Authorization header.'),
  severalCredentials: () => new DomainError('invalid', 'invalid_request', 'Send exactly one credential.'),
  accountDisabled: () =>
    new DomainError('unauthenticated', 'account_disabled', 'This account is not active.', {
      challenge: `${realm}, error="invalid_token"`,
    }),
  permissionDenied: (permission: string) =>
    new DomainError('forbidden', 'permission_denied', `Access denied. Required: ${permission}`, {
      facts: { permission },
      challenge: `${realm}, error="insufficient_scope", scope="${permission}"`,
    }),
  /** Whoever asks is a visitor. */
  accountRequired: () => new DomainError('forbidden', 'account_required', 'Sign in with an account to do this.'),
  serviceTokenRequired: () =>
    new DomainError('forbidden', 'service_token_required', 'Only another service may call this route.'),
  userTokenRequired: () => new DomainError('forbidden', 'user_token_required', 'This route is for signed-in users.'),
  scopeMissing: (scope: string) =>
    new DomainError('forbidden', 'insufficient_scope', `The service token lacks the scope ${scope}.`, {
      facts: { scope },
    }),
  subjectTokenMissing: () =>
    new DomainError(
      'unauthenticated',
      'subject_token_missing',
      'Send the user\'s own access token in "X-Subject-Token".',
      {
        challenge: realm,
      },
    ),
  keysUnavailable: (cause?: unknown) =>
    new DomainError('unavailable', 'auth_unavailable', 'Tokens cannot be checked right now.', {
      retryAfterSeconds: 2,
      cause,
    }),
};
