import { createPublicKey, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServiceClient } from '@parley/platform';
import { AuthStandIn, ScriptedFeed, TestClock } from '@parley/testing';
import jwt from 'jsonwebtoken';
import { JwksKeys } from '../keys/jwks-keys.js';
import { Revocations } from '../revocations/revocations.js';
import { JwtGuard } from './jwt.guard.js';
import { JwtStrategy } from './jwt.strategy.js';
import { tokenIssuer } from './token-settings.js';
import { TokenVerifier } from './token-verifier.js';

describe('TokenVerifier', () => {
  let clock: TestClock;
  let auth: AuthStandIn;
  let feed: ScriptedFeed;
  let revocations: Revocations;
  let verifier: TokenVerifier;
  let good: string;
  const refused = { code: 'invalid_token', status: 401 };

  beforeEach(async () => {
    clock = new TestClock();
    auth = await AuthStandIn.start(clock);
    [feed, revocations] = [new ScriptedFeed(), new Revocations()];
    const keys = new JwksKeys(new ServiceClient('auth', auth.url), clock);
    const strategy = new JwtStrategy({ audience: 'chat', issuer: tokenIssuer }, keys, clock);
    verifier = new TokenVerifier(new JwtGuard(strategy), feed, revocations, clock);
    good = auth.accessToken('u1');
  });
  afterEach(() => auth.stop());

  /** The parts of the good token, changed and put together again with whatever signature is asked for. */
  const forge = (header: Record<string, unknown>, signature?: string, payload?: string): string => {
    const [head, body, sign] = good.split('.') as [string, string, string];
    const changed = { ...(JSON.parse(Buffer.from(head, 'base64url').toString()) as object), ...header };
    return [Buffer.from(JSON.stringify(changed)).toString('base64url'), payload ?? body, signature ?? sign].join('.');
  };
  /** Signs any text as the payload, which jsonwebtoken would refuse to do. */
  const signText = (payload: string): string => {
    const text = `${forge({}).split('.')[0]}.${Buffer.from(payload).toString('base64url')}`;
    const signature = createSign('sha256').update(text).sign({ key: auth.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  };
  const sameClaims = (key: KeyObject | string, algorithm: jwt.Algorithm): string =>
    jwt.sign(jwt.decode(good) as object, key, {
      algorithm,
      header: { alg: algorithm, typ: 'at+jwt', kid: auth.kid },
      allowInvalidAsymmetricKeyTypes: true,
    });

  it('reads a user from a good token, and a service from a service token', async () => {
    expect(await verifier.verify(good)).toMatchObject({ kind: 'user', userId: 'u1', orgId: null });
    const service = auth.serviceToken('accounting', 'chat', 'users:read');
    expect(await verifier.verify(service)).toMatchObject({
      kind: 'service',
      service: 'accounting',
      scopes: ['users:read'],
    });
  });

  it.each(['none', 'None', 'NONE', 'nOnE'])('refuses the algorithm %s, with and without a signature', async (alg) => {
    await expect(verifier.verify(forge({ alg }, ''))).rejects.toMatchObject(refused);
    await expect(verifier.verify(forge({ alg }))).rejects.toMatchObject(refused);
  });

  it('refuses HS256 signed with the public key in any of its forms', async () => {
    const publicKey = createPublicKey(auth.privateKey);
    const forms = [
      publicKey.export({ format: 'pem', type: 'spki' }).toString(),
      JSON.stringify(publicKey.export({ format: 'jwk' })),
      publicKey.export({ format: 'der', type: 'spki' }).toString('latin1'),
    ];
    for (const form of forms) await expect(verifier.verify(sameClaims(form, 'HS256'))).rejects.toMatchObject(refused);
  });

  it.each([32, 63, 64, 96, 132])('refuses a signature of %d zero bytes', async (length) => {
    const zeros = Buffer.alloc(length).toString('base64url');
    await expect(verifier.verify(forge({}, zeros))).rejects.toMatchObject(refused);
  });

  it('[attack 5] refuses a key of the attacker, however it is offered, and fetches nothing for it', async () => {
    await verifier.verify(good);
    const before = auth.requests.length;
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
    const forged = sameClaims(privateKey, 'ES256');
    await expect(verifier.verify(forged)).rejects.toMatchObject(refused);
    for (const header of [{ jwk }, { jku: auth.url }, { x5u: auth.url }, { x5c: ['MIIB'] }]) {
      await expect(verifier.verify(forge(header, forged.split('.')[2], forged.split('.')[1]))).rejects.toMatchObject(
        refused,
      );
    }
    expect(auth.requests.length).toBe(before);
  });

  it('[attack 4] fetches no keys for a malformed key id', async () => {
    for (const kid of [
      '../../dev/null',
      "' OR 1=1--",
      { $gt: '' },
      'k'.repeat(1_000),
      'k'.repeat(10_000),
      '\u0000',
      undefined,
    ]) {
      await expect(verifier.verify(forge({ kid }))).rejects.toMatchObject(refused);
    }
    expect(auth.requests).toEqual([]);
  });

  it.each(['__proto__', 'constructor', 'toString', 'unknown-key'])('refuses the key id %s', async (kid) => {
    await expect(verifier.verify(forge({ kid }))).rejects.toMatchObject(refused);
  });

  it('refuses the payload of another token, and one changed by a byte', async () => {
    const other = auth.accessToken('admin').split('.')[1]!;
    await expect(verifier.verify(forge({}, undefined, other))).rejects.toMatchObject(refused);
    const payload = good.split('.')[1]!;
    const changed = `${payload.slice(0, 20)}${payload[20] === 'A' ? 'B' : 'A'}${payload.slice(21)}`;
    await expect(verifier.verify(forge({}, undefined, changed))).rejects.toMatchObject(refused);
  });

  it('refuses a changed header even when the token was good a moment ago', async () => {
    await verifier.verify(good);
    await expect(verifier.verify(forge({ typ: 'svc+jwt' }))).rejects.toMatchObject(refused);
  });

  it.each<Record<string, unknown>>([
    { iss: 'parley-auth/' },
    { iss: 'another' },
    { iss: undefined },
    { aud: [] },
    { aud: undefined },
    { aud: 'cha' },
    { aud: ['auth', 'accounting'] },
    { exp: undefined },
    { sub: { $ne: null } },
    { sid: undefined },
    { typ: 'refresh', sid: undefined },
  ])('refuses a well-signed token with %j', async (claims) => {
    const changed = { ...(jwt.decode(good) as Record<string, unknown>), ...claims };
    await expect(verifier.verify(signText(JSON.stringify(changed)))).rejects.toMatchObject(refused);
  });

  it.each(['null', '7', '"text"', '[]', 'not json', ''])(
    'refuses a well-signed payload that is %j',
    async (payload) => {
      await expect(verifier.verify(signText(payload))).rejects.toMatchObject(refused);
    },
  );

  it('refuses garbage at once', async () => {
    const started = performance.now();
    for (const garbage of ['a'.repeat(8_192), 'a'.repeat(102_400), '.'.repeat(10_000), '%E0%A4%A', '€.€.€']) {
      await expect(verifier.verify(garbage)).rejects.toMatchObject(refused);
    }
    expect(performance.now() - started).toBeLessThan(250);
  });

  it('[attack 6] fetches the keys once for ten thousand unknown key ids, and a good token stays good', async () => {
    for (let count = 0; count < 10_000; count++) {
      await expect(verifier.verify(forge({ kid: `unknown-${count}` }))).rejects.toMatchObject(refused);
      if (count % 500 === 0) expect(await verifier.verify(good)).toMatchObject({ userId: 'u1' });
    }
    expect(auth.requests).toEqual(['/.well-known/jwks.json']);
  });

  it('[attack 7] says 503 while the keys cannot be had, and knows a good token without them once it has had them', async () => {
    auth.down = true;
    const unavailable = { code: 'auth_unavailable', status: 503, extras: { retryAfterSeconds: 2 } };
    await expect(verifier.verify(good)).rejects.toMatchObject(unavailable);
    auth.down = false;
    clock.advance(1_000);
    await verifier.verify(good);
    auth.down = true;
    for (const token of [good, auth.accessToken('u2')])
      expect(await verifier.verify(token)).toMatchObject({ kind: 'user' });
  });

  it('ends a token five seconds after its time, remembered or not', async () => {
    await verifier.verify(good);
    clock.advance(904_000);
    expect(await verifier.verify(good)).toMatchObject({ userId: 'u1' });
    clock.advance(1_000);
    await expect(verifier.verify(good)).rejects.toMatchObject({ code: 'token_expired' });
    await expect(verifier.verify(good)).rejects.toMatchObject({ code: 'token_expired' });
  });
});
