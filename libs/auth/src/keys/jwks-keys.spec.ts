import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ServiceAnswer, ServiceClient } from '@parley/platform';
import { TestClock } from '@parley/testing';
import { JwksKeys, readKeySet } from './jwks-keys.js';

const jwk = (kid: string, change: Record<string, unknown> = {}) => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
  ...{ kid, use: 'sig', alg: 'ES256', ...change },
});

/** Auth's JWKS route: the answer that a test sets, and how often it was asked. */
class JwksRoute extends ServiceClient {
  fetches = 0;
  answer: ServiceAnswer | 'down' = { status: 200, body: { keys: [jwk('key-0001')] } };

  constructor() {
    super('auth', 'http://auth.test');
  }

  override call(): Promise<ServiceAnswer> {
    this.fetches++;
    return this.answer === 'down' ? Promise.reject(this.unavailable()) : Promise.resolve(this.answer);
  }
}

describe('JwksKeys', () => {
  let clock: TestClock;
  let auth: JwksRoute;
  let keys: JwksKeys;
  const unavailable = expect.objectContaining({ code: 'auth_unavailable', status: 503, retryable: true });

  beforeEach(() => {
    clock = new TestClock();
    auth = new JwksRoute();
    keys = new JwksKeys(auth, clock);
  });

  it('fetches the set once for many callers at the same time', async () => {
    const found = await Promise.all(Array.from({ length: 20 }, () => keys.find('key-0001')));
    expect(found.every((key) => key?.asymmetricKeyType === 'ec')).toBe(true);
    expect(auth.fetches).toBe(1);
  });

  it('fetches at most once in 30 seconds for ten thousand unknown key ids, and known ones stay good', async () => {
    for (let count = 0; count < 10_000; count++) {
      expect(await keys.find(`unknown-${count}`)).toBeUndefined();
      if (count % 1_000 === 0) expect(await keys.find('key-0001')).toBeDefined();
    }
    expect(auth.fetches).toBe(1);
    clock.advance(30_000);
    await Promise.all(Array.from({ length: 100 }, (_, count) => keys.find(`unknown-${count}`)));
    expect(auth.fetches).toBe(2);
  });

  it('finds a key that was added, 30 seconds after the last fetch', async () => {
    await keys.find('key-0001');
    auth.answer = { status: 200, body: { keys: [jwk('key-0001'), jwk('key-0002')] } };
    clock.advance(30_000);
    expect(await keys.find('key-0002')).toBeDefined();
  });

  it('reads the set anew in the background after a minute, and a removed key is gone', async () => {
    await keys.find('key-0001');
    auth.answer = { status: 200, body: { keys: [jwk('key-0002')] } };
    clock.advance(60_000);
    expect(await keys.find('key-0001')).toBeDefined();
    await Promise.resolve();
    expect(auth.fetches).toBe(2);
    expect(await keys.find('key-0002')).toBeDefined();
    expect(await keys.find('key-0001')).toBeUndefined();
  });

  describe('while auth cannot be reached', () => {
    it.each<ServiceAnswer | 'down'>([
      'down',
      { status: 404, body: {} },
      { status: 200, body: undefined },
      { status: 200, body: { keys: 'none' } },
      { status: 200, body: { keys: [{ ...jwk('key-0001'), x: 'AAAA' }] } },
    ])('says 503 with a cold cache (%#), and asks again only after a second', async (answer) => {
      auth.answer = answer;
      await expect(keys.find('key-0001')).rejects.toEqual(unavailable);
      await expect(keys.find('key-0001')).rejects.toEqual(unavailable);
      expect(auth.fetches).toBe(1);
      clock.advance(1_000);
      await expect(keys.find('key-0001')).rejects.toEqual(unavailable);
      expect(auth.fetches).toBe(2);
    });

    it('keeps a good token good for a day', async () => {
      await keys.find('key-0001');
      auth.answer = 'down';
      clock.advance(24 * 3_600_000 - 1);
      expect(await keys.find('key-0001')).toBeDefined();
      clock.advance(1);
      await expect(keys.find('key-0001')).rejects.toEqual(unavailable);
    });

    it('does not call a token bad whose key it could not look for', async () => {
      await keys.find('key-0001');
      auth.answer = 'down';
      clock.advance(30_000);
      await expect(keys.find('key-0002')).rejects.toEqual(unavailable);
      await expect(keys.find('key-0002')).rejects.toEqual(unavailable);
      expect(auth.fetches).toBe(2);
    });

    it('is well again with the first answer', async () => {
      auth.answer = 'down';
      await expect(keys.find('key-0001')).rejects.toEqual(unavailable);
      auth.answer = { status: 200, body: { keys: [jwk('key-0001')] } };
      clock.advance(1_000);
      expect(await keys.find('key-0001')).toBeDefined();
    });
  });
});

describe('readKeySet', () => {
  it('keeps ES256 signature keys and nothing else', () => {
    const others = [
      jwk('enc', { use: 'enc' }),
      jwk('rsa', { kty: 'RSA' }),
      jwk('p384', { crv: 'P-384' }),
      { kty: 'oct' },
    ];
    expect([...readKeySet({ keys: [jwk('key-0001', { use: undefined }), ...others] }).keys()]).toEqual(['key-0001']);
  });
});
