import { cookiesNamed, refreshCookieName } from '../devices/cookies.js';
import type { ClientKind } from '../login-sessions/login-session.schema.js';
import { RefreshErrors } from '../login-sessions/refresh.errors.js';

/**
 * The refresh token of a request, and which way it came. A program that sends one in the body means that one.
 * @throws DomainError `invalid_refresh_token` for several cookies
 */
export function presentedToken(
  body: { refresh_token?: string | undefined } | undefined,
  cookieHeader: string | undefined,
): { token: string; client: ClientKind } | undefined {
  if (body?.refresh_token !== undefined) return { token: body.refresh_token, client: 'native' };
  const [token, ...others] = cookiesNamed(refreshCookieName, cookieHeader);
  if (others.length > 0) throw RefreshErrors.ambiguous();
  return token === undefined ? undefined : { token, client: 'browser' };
}
