import { createPublicKey } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { getModelToken } from '@nestjs/mongoose';
import { ConfigError } from '@parley/platform';
import type { TestService } from '@parley/testing';
import jwt from 'jsonwebtoken';
import type { Model } from 'mongoose';
import { SIGNING_KEYS, type SigningKey } from '../src/keys/signing-key.schema.js';
import { PasswordsService } from '../src/passwords/passwords.service.js';
import { type User, USERS } from '../src/users/user.schema.js';
import { AuthInstallation, logIn } from './running-auth.js';

const jwksOf = async (auth: TestService) => (await auth.http.get('/.well-known/jwks.json')).body;

describe('GET /.well-known/jwks.json', () => {
  const installation = new AuthInstallation();
  let auth: TestService;

  beforeAll(async () => {
    auth = await installation.start();
  });
  afterAll(() => installation.remove());

  it('publishes the public halves of the key in use and of the next one, for everybody and for five minutes', async () => {
    const { status, headers, body } = await auth.http.get('/.well-known/jwks.json');
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    const coordinate = expect.stringMatching(/^[A-Za-z0-9_-]{43}$/);
    const key = { kty: 'EC', crv: 'P-256', x: coordinate, y: coordinate, use: 'sig', alg: 'ES256' };
    const kid = expect.stringMatching(/^[A-Za-z0-9_-]{8,64}$/);
    const states = ['current', 'standby'];
    expect(body).toEqual({ keys: expect.arrayContaining(states.map((state) => ({ ...key, kid, state }))) });
    expect(body.keys).toHaveLength(2);
  });

  it('is enough to check a token', async () => {
    const key = (await jwksOf(auth)).keys.find(({ state }: { state: string }) => state === 'current');
    const token = await logIn(auth, 'user1');
    const options = { algorithms: ['ES256' as const], clockTimestamp: installation.clock.now() / 1000 };
    expect(jwt.verify(token, createPublicKey({ key, format: 'jwk' }), options)).toMatchObject({ iss: 'parley-auth' });
  });

  it('stands on a private key that is stored encrypted only', async () => {
    const keys: Model<SigningKey> = auth.app.get(getModelToken(SIGNING_KEYS), { strict: false });
    const [current, standby] = await keys.find({}).sort({ state: 1 }).lean<SigningKey[]>();
    const stored = {
      _id: expect.any(String),
      public_jwk: { kty: 'EC', crv: 'P-256', x: expect.any(String), y: expect.any(String) },
      sealed_private_key: expect.stringMatching(/^v1\.[A-Za-z0-9_-]{200,}$/),
      created_at: installation.clock.date(),
      longest_life_seconds: 900,
    };
    expect(current).toEqual({ ...stored, state: 'current', current_since: installation.clock.date() });
    expect(standby).toEqual({ ...stored, state: 'standby', is_standby: true });
  });
});

describe('the signing key', () => {
  const installation = new AuthInstallation();
  afterAll(() => installation.remove());

  it('is one for all instances that start at the same time', async () => {
    const instances = await Promise.all(Array.from({ length: 4 }, () => installation.start()));
    const sets = await Promise.all(instances.map(jwksOf));
    expect(sets[0].keys).toHaveLength(2);
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

const usersOf = (auth: TestService): Model<User> => auth.app.get(getModelToken(USERS), { strict: false });
const signIn = async (auth: TestService, username: string, password = `parley-${username}-demo`) =>
  (await auth.http.post('/auth/login', { username, password })).status;

describe('demo users', () => {
  let installation = new AuthInstallation();
  afterEach(async () => {
    await installation.remove();
    installation = new AuthInstallation();
  });
  afterAll(() => installation.remove());

  it('are inserted once by two instances that start together, and can sign in', async () => {
    const [auth] = await Promise.all([installation.start(), installation.start()]);
    const users = await usersOf(auth).find({}).sort({ username: 1 }).lean<User[]>();
    expect(users.map(({ username, email, platform_role }) => [username, email, platform_role])).toEqual([
      ['admin', 'admin@example.com', 'platform_admin'],
      ['user1', 'user1@example.com', 'user'],
      ['user2', 'user2@example.com', 'user'],
    ]);
    for (const { username, password_hash } of users) {
      expect(password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      expect(await signIn(auth, username)).toBe(200);
    }
  });

  it('keep their ids and a changed password over a restart', async () => {
    const before = await installation.start();
    const changed = await before.app.get(PasswordsService, { strict: false }).hash('a password of my own');
    await usersOf(before).updateOne({ username: 'user1' }, { $set: { password_hash: changed } });
    const ids = await usersOf(before).distinct('_id');
    await installation.stop(before);
    const after = await installation.start();
    expect(await usersOf(after).distinct('_id')).toEqual(ids);
    expect(await signIn(after, 'user1', 'a password of my own')).toBe(200);
    expect(await signIn(after, 'user1')).toBe(401);
  });

  it('are not there unless they are asked for', async () => {
    const auth = await installation.start({ SEED_DEMO: 'false' });
    expect(await usersOf(auth).countDocuments({})).toBe(0);
    expect(await signIn(auth, 'admin')).toBe(401);
  });
});
