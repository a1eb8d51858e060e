import { DomainError } from '@parley/platform';
import type { EndReason } from './login-session.schema.js';

/** The client has to sign in again: `invalid_grant` in the words of OAuth (RFC 6749, 5.2). */
const signInAgain = (code: string, message: string) =>
  new DomainError('unauthenticated', code, message, {
    challenge: 'Bearer realm="parley", error="invalid_token"',
    facts: { error: 'invalid_grant' },
  });

export const RefreshErrors = {
  missing: () => signInAgain('refresh_token_missing', 'There is no refresh token. Sign in.'),
  invalid: () => signInAgain('invalid_refresh_token', 'The refresh token is not valid.'),
  /** Nobody can tell which of them a tricked browser was given. */
  ambiguous: () => signInAgain('invalid_refresh_token', 'There are several refresh cookies.'),
  expired: () => signInAgain('session_expired', 'The session has expired. Sign in again.'),
  revoked: () => signInAgain('session_revoked', 'The session was ended. Sign in again.'),
  reused: () =>
    signInAgain('refresh_reuse', 'The refresh token was used before, perhaps by a thief. The session was ended.'),
  /** Of a session that is over already. */
  over: (reason: EndReason | null) => {
    if (reason === 'expired') return RefreshErrors.expired();
    return reason === 'refresh_reused' ? RefreshErrors.reused() : RefreshErrors.revoked();
  },
  contended: () =>
    new DomainError('unavailable', 'session_busy', 'The session is being changed.', { retryAfterSeconds: 1 }),
  csrf: () => new DomainError('forbidden', 'csrf', 'A request with a session cookie must come from our own pages.'),
};
