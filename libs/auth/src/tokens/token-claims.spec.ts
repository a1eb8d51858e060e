import { describe, expect, it } from '@jest/globals';
import { readHeader, toPrincipal } from './token-claims.js';

const nowMs = Date.parse('2026-01-15T12:00:00Z');
const now = nowMs / 1000;
const good = { sub: 'usr_1', sid: 'sid_1', org_id: null, jti: 'j', iat: now, nbf: now, exp: now + 900 };
const userHeader = { kid: 'key-0001', kind: 'user' } as const;
const serviceHeader = { kid: 'key-0001', kind: 'service' } as const;
const facts = { keyId: 'key-0001', issuedAtMs: nowMs };
const service = { sub: 'svc:chat', scope: 'a:b  c:d', jti: 'j', iat: now, exp: now + 300 };
const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const withHeader = (header: unknown) => `${encode(header)}.${encode(good)}.c2ln`;
const fine = { alg: 'ES256', typ: 'at+jwt', kid: 'key-0001' };

describe('readHeader', () => {
  it('tells the key and the kind of token', () => {
    expect(readHeader(withHeader(fine))).toEqual({ kid: 'key-0001', kind: 'user' });
    expect(readHeader(withHeader({ ...fine, typ: 'svc+jwt' }))).toEqual({ kid: 'key-0001', kind: 'service' });
  });

  it.each([
    ...['none', 'None', 'NONE', 'nOnE', 'HS256', 'ES384', 'RS256', '', null, ['ES256']].map((alg) => ({ alg })),
    ...['JWT', 'at+JWT', 'refresh', undefined, null, { a: 1 }].map((typ) => ({ typ })),
    ...['../../dev/null', "' OR 1=1--", { $gt: '' }, 'k'.repeat(10_240), '\u0000', undefined, 7, 'short'].map(
      (kid) => ({
        kid,
      }),
    ),
    { crit: ['exp'] },
    { b64: false },
    { zip: 'DEF' },
  ])('refuses a header with %j', (change) => {
    const token = withHeader({ ...fine, ...change });
    expect(() => readHeader(token)).toThrow(expect.objectContaining({ code: 'invalid_token' }));
  });

  it.each([
    '',
    'garbage',
    '%E0%A4%A',
    '.'.repeat(10_000),
    'a.b',
    'a.b.c.d',
    `${encode(fine)}.${encode(good)}.`,
    '!!!.###.$$$',
    withHeader('not json'),
    withHeader([fine]),
    withHeader('null'),
    `${withHeader(fine)}${'A'.repeat(8_192)}`,
    'a'.repeat(102_400),
  ])('refuses a text that is no token (%#)', (token) => {
    expect(() => readHeader(token)).toThrow(expect.objectContaining({ code: 'invalid_token' }));
  });
});

describe('toPrincipal', () => {
  it('reads a user', () => {
    const expected = {
      kind: 'user',
      userId: 'usr_1',
      loginSessionId: 'sid_1',
      orgId: null,
      ...{ authTime: 0, amr: [], roleId: null, membershipVersion: 0 },
      expiresAt: (now + 900) * 1000,
      ...facts,
    };
    expect(toPrincipal(userHeader, good, nowMs)).toEqual(expected);
    expect(toPrincipal(userHeader, { ...good, org_id: 'org_1' }, nowMs)).toEqual({ ...expected, orgId: 'org_1' });
  });

  it('[auth C2] reads how and when the user signed in, and the role at that time', () => {
    const claims = { ...good, iat_ms: nowMs + 7, auth_time: now - 60, amr: ['pwd', 'otp'], rid: 'role_1', mv: 3 };
    expect(toPrincipal(userHeader, claims, nowMs)).toMatchObject({
      ...{
        issuedAtMs: nowMs + 7,
        authTime: nowMs - 60_000,
        amr: ['pwd', 'otp'],
        roleId: 'role_1',
        membershipVersion: 3,
      },
    });
  });

  it('reads a service and its scopes', () => {
    const expected = {
      kind: 'service',
      service: 'chat',
      scopes: ['a:b', 'c:d'],
      expiresAt: (now + 300) * 1000,
      ...facts,
    };
    expect(toPrincipal(serviceHeader, service, nowMs)).toEqual(expected);
  });

  it.each([
    ...['', {}, [], 7, null, { $ne: null }, 'x'.repeat(201)].flatMap((bad) => [
      { sub: bad },
      { sid: bad },
      { jti: bad },
    ]),
    ...[undefined, '', {}, [], 7].map((bad) => ({ org_id: bad })),
    ...[undefined, '9999999999', 1e300, -1, 1.5, null, {}].flatMap((bad) => [{ exp: bad }, { iat: bad }]),
    ...['soon', -1, null].map((bad) => ({ nbf: bad })),
    { exp: now + 10 * 365 * 86_400 },
    { exp: now + 1_440 * 60 + 1 },
    { iat: now + 3_600, exp: now + 3_700 },
    { nbf: now + 3_600 },
    ...[nowMs - 1, nowMs + 1_000, 'now', null].map((bad) => ({ iat_ms: bad })),
    ...['now', -1, null].map((bad) => ({ auth_time: bad })),
    ...['pwd', [7], null, {}].map((bad) => ({ amr: bad })),
    ...[7, '', {}].map((bad) => ({ rid: bad })),
    ...['1', -1, null].map((bad) => ({ mv: bad })),
  ])('refuses a user token with %j', (change) => {
    const reading = () => toPrincipal(userHeader, { ...good, ...change }, nowMs);
    expect(reading).toThrow(expect.objectContaining({ code: 'invalid_token' }));
  });

  it.each([{ sub: 'usr_1' }, { sub: undefined }, { scope: undefined }, { scope: ['a:b'] }])(
    'refuses a service token with %j',
    (change) => {
      const reading = () => toPrincipal(serviceHeader, { ...service, ...change }, nowMs);
      expect(reading).toThrow(expect.objectContaining({ code: 'invalid_token' }));
    },
  );

  it('takes a token until five seconds after its end, and a longer life up to a day', () => {
    const at = (ms: number) => () => toPrincipal(userHeader, good, ms);
    expect(at((now + 904) * 1000)).not.toThrow();
    expect(at((now + 905) * 1000)).toThrow(expect.objectContaining({ code: 'token_expired' }));
    expect(at((now + 86_400) * 1000)).toThrow(expect.objectContaining({ code: 'token_expired' }));
    expect(() => toPrincipal(userHeader, { ...good, exp: now + 1_440 * 60 }, nowMs)).not.toThrow();
  });

  it('allows two clocks to be five seconds apart', () => {
    expect(() => toPrincipal(userHeader, { ...good, iat: now + 5, nbf: now + 5 }, nowMs)).not.toThrow();
    expect(() => toPrincipal(userHeader, { ...good, iat: now + 6 }, nowMs)).toThrow();
  });
});
