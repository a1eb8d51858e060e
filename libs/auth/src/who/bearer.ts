import { AuthErrors } from '../refusals/auth.errors.js';
import type { Carrier } from './credential-reader.js';

const form = /^bearer ([^\s,]+)$/i;

/** Each kind of bearer credential looks at the same header of a request. */
let last: { value: string | undefined; token: string } = { value: undefined, token: '' };

/**
 * What comes as `Authorization: Bearer …` (RFC 6750, 2.1). A token in the query or in the body is never looked at.
 * @throws DomainError `invalid_token` for a malformed header, `invalid_request` for two
 */
export function bearerOf({ headersDistinct }: Carrier): string | undefined {
  const values = headersDistinct.authorization ?? [];
  if (values.length > 1) throw AuthErrors.severalTokens();
  const [value] = values;
  if (value === undefined) return undefined;
  if (value === last.value) return last.token;
  if (!/^bearer/i.test(value)) return undefined;
  const token = form.exec(value)?.[1];
  if (!token) throw AuthErrors.authorizationMalformed();
  last = { value, token };
  return token;
}
