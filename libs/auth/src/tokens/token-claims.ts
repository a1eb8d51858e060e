import { AuthErrors } from '../refusals/auth.errors.js';
import type { Principal } from '../who/principal.js';

/** The `typ` header of each kind of token (RFC 9068, 2.1; RFC 8725, 3.11), so that none can stand in for another. */
export const tokenTypes = { user: 'at+jwt', service: 'svc+jwt' } as const;

/** The longest life a token may have, whoever signed it (JWT_EXPIRE_MINUTES is at most 1440). */
const maxLifeSeconds = 1_440 * 60;
/** How far apart two machines' clocks may be. */
const toleranceSeconds = 5;
const maxTokenBytes = 4_096;
const keyId = /^[A-Za-z0-9_-]{8,64}$/;
const segments = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

export interface TokenHeader {
  kid: string;
  kind: Principal['kind'];
}

/**
 * Reads the header before any key is looked up. It must name ES256, one of our two types and a well-formed key id, and no
 * extension (`crit`, RFC 7515, 4.1.11).
 * @throws DomainError `invalid_token`
 */
export function readHeader(token: string): TokenHeader {
  if (token.length > maxTokenBytes || !segments.test(token)) throw AuthErrors.tokenInvalid();
  const header = parse(token.slice(0, token.indexOf('.')));
  const kind = header.typ === tokenTypes.user ? 'user' : header.typ === tokenTypes.service ? 'service' : undefined;
  const isOurs = header.alg === 'ES256' && typeof header.kid === 'string' && keyId.test(header.kid);
  if (!kind || !isOurs || 'crit' in header || 'b64' in header || 'zip' in header) throw AuthErrors.tokenInvalid();
  return { kid: header.kid as string, kind };
}

function parse(segment: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Falls through to the one refusal.
  }
  throw AuthErrors.tokenInvalid();
}

/**
 * Turns verified claims into a principal. The signature, issuer and audience were checked before; the times are checked here
 * because jsonwebtoken accepts a token without `exp`, and because the clock is injected.
 * @throws DomainError `invalid_token` or `token_expired`
 */
export function toPrincipal(
  { kind, kid: keyId }: TokenHeader,
  claims: Readonly<Record<string, unknown>>,
  nowMs: number,
): Principal {
  const expiresAt = checkTimes(claims, nowMs);
  const facts = { keyId, issuedAtMs: readIssuedAt(claims), expiresAt };
  if (kind === 'service') {
    const { sub, scope } = claims;
    if (!isText(sub) || !sub.startsWith('svc:') || typeof scope !== 'string') throw AuthErrors.tokenInvalid();
    return { kind, service: sub.slice('svc:'.length), scopes: scope.split(' ').filter(Boolean), ...facts };
  }
  const { sub, sid, org_id: orgId } = claims;
  if (!isText(sub) || !isText(sid) || !(orgId === null || isText(orgId))) throw AuthErrors.tokenInvalid();
  return { kind, userId: sub, loginSessionId: sid, orgId, ...readSignIn(claims), ...facts };
}

/** A second is too coarse for "everything issued before this moment is void", so what has no `iat_ms` counts as issued at its beginning. */
function readIssuedAt({ iat, iat_ms: iatMs }: Readonly<Record<string, unknown>>): number {
  const second = (iat as number) * 1000;
  if (iatMs === undefined) return second;
  // One that does not fit `iat` would let a token choose which changes it survives.
  if (!isTime(iatMs) || iatMs < second || iatMs >= second + 1000) throw AuthErrors.tokenInvalid();
  return iatMs;
}

function readSignIn({ auth_time: authTime, amr, rid, mv }: Readonly<Record<string, unknown>>) {
  const isWellFormed =
    (authTime === undefined || isTime(authTime)) &&
    (amr === undefined || (Array.isArray(amr) && amr.every(isText))) &&
    (rid === undefined || rid === null || isText(rid)) &&
    (mv === undefined || isTime(mv));
  if (!isWellFormed) throw AuthErrors.tokenInvalid();
  return {
    authTime: (authTime ?? 0) * 1000,
    amr: (amr as string[]) ?? [],
    roleId: rid ?? null,
    membershipVersion: mv ?? 0,
  };
}

function checkTimes({ exp, iat, nbf, jti }: Readonly<Record<string, unknown>>, nowMs: number): number {
  const now = nowMs / 1000;
  if (!isTime(exp) || !isTime(iat) || !(nbf === undefined || isTime(nbf)) || !isText(jti))
    throw AuthErrors.tokenInvalid();
  if (exp - iat > maxLifeSeconds || iat > now + toleranceSeconds || (nbf ?? 0) > now + toleranceSeconds)
    throw AuthErrors.tokenInvalid();
  if (isExpired(exp * 1000, nowMs)) throw AuthErrors.tokenExpired();
  return exp * 1000;
}

/** Whether a token has expired, allowing for clocks that differ. Both times in milliseconds since the epoch. */
export const isExpired = (expiresAt: number, nowMs: number): boolean => expiresAt + toleranceSeconds * 1000 <= nowMs;

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 200;
const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
