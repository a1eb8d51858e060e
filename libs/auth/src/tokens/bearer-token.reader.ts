import type { IncomingMessage } from 'node:http';
import { AuthErrors } from '../refusals/auth.errors.js';

const bearer = /^bearer ([^\s,]+)$/i;

/**
 * The one bearer token of a request (RFC 6750, 2.1); query and body are never looked at.
 * @throws DomainError `token_missing`, `invalid_token`, or `invalid_request` for two headers
 */
export function readBearerToken(request: Pick<IncomingMessage, 'headersDistinct'>): string {
  const values = request.headersDistinct.authorization ?? [];
  if (values.length > 1) throw AuthErrors.severalTokens();
  const [value] = values;
  if (value === undefined || !/^bearer/i.test(value)) throw AuthErrors.tokenMissing();
  const token = bearer.exec(value)?.[1];
  if (!token) throw AuthErrors.tokenInvalid();
  return token;
}
