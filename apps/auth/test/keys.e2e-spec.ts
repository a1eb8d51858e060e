import { createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getModelToken } from '@nestjs/mongoose';
import { ConfigError } from '@parley/platform';
import type { TestService } from '@parley/testing';
import jwt from 'jsonwebtoken';
import type { Model } from 'mongoose';
import { SIGNING_KEYS, type SigningKey } from '../src/keys/signing-key.schema.js';
import { AuthInstallation, logIn } from './running-auth.js';

const jwksOf = async (auth: TestService) => (await auth.http.get('/.well-known/jwks.json')).body;

describe('GET /.well-known/jwks.json', () => {
  const installation = new AuthInstallation();
  let auth: TestService;

  beforeAll(async () => {
    auth = await installation.start();
  });
  afterAll(() => installation.remove());

  it('publishes the public half of the key, for everybody and for five minutes', async () => {
    const { status, headers, body } = await auth.http.get('/.well-known/jwks.json');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    const coordinate = expect.stringMatching(/^[A-Za-z0-9_-]{43}$/);
    const key = { kty: 'EC', crv: 'P-256', x: coordinate, y: coordinate, use: 'sig', alg: 'ES256' };
    expect(body).toEqual({ keys: [{ ...key, kid: expect.stringMatching(/^[A-Za-z0-9_-]{8,64}$/) }] });
  });

  it('is enough to check a token', async () => {
    const [key] = (await jwksOf(auth)).keys;
    const token = await logIn(auth, 'user1');
    const options = { algorithms: ['ES256' as const], clockTimestamp: installation.clock.now() / 1000 };
    expect(jwt.verify(token, createPublicKey({ key, format: 'jwk' }), options)).toMatchObject({ iss: 'parley-auth' });
  });

  it('stands on a private key that is stored encrypted only', async () => {
    const keys: Model<SigningKey> = auth.app.get(getModelToken(SIGNING_KEYS), { strict: false });
    const [stored, ...others] = await keys.find({}).lean<SigningKey[]>();
    expect(others).toEqual([]);
    expect(stored).toEqual({
      _id: expect.any(String),
      state: 'current',
      public_jwk: { kty: 'EC', crv: 'P-256', x: expect.any(String), y: expect.any(String) },
      sealed_private_key: expect.stringMatching(/^v1\.[A-Za-z0-9_-]{200,}$/),
      created_at: installation.clock.date(),
    });
  });
});

describe('the signing key', () => {
  const installation = new AuthInstallation();
  afterAll(() => installation.remove());

  it('is one for all instances that start at the same time', async () => {
    const instances = await Promise.all(Array.from({ length: 4 }, () => installation.start()));
    const sets = await Promise.all(instances.map(jwksOf));
    expect(sets[0].keys).toHaveLength(1);
    for (const set of sets) expect(set).toEqual(sets[0]);
    const token = await logIn(instances[0]!, 'user1');
    for (const instance of instances) expect((await instance.http.get('/auth/me', { token })).status).toBe(200);
    for (const instance of instances) await installation.stop(instance);
  });

  it('outlives a restart, and so do the tokens that it signed', async () => {
    const before = await installation.start();
    const [set, token] = [await jwksOf(before), await logIn(before, 'user1')];
    await installation.stop(before);
    const after = await installation.start();
    expect(await jwksOf(after)).toEqual(set);
    expect((await after.http.get('/auth/me', { token })).status).toBe(200);
    await installation.stop(after);
  });

  it('does not open with another AUTH_KEK: the service refuses to start and names the variable', async () => {
    const starting = installation.start({ AUTH_KEK: 'another key-encryption key of 40 letters' });
    await expect(starting).rejects.toThrow(ConfigError);
    await expect(starting).rejects.toThrow(/AUTH_KEK: does not open the signing key/);
    const again = await installation.start();
    expect((await again.http.get('/health/ready')).status).toBe(200);
  });
});
