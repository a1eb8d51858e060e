import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { TestService } from '@parley/testing';
import jwt from 'jsonwebtoken';
import type { Connection } from 'mongoose';
import { AuthInstallation, logIn } from './running-auth.js';
import { type Ceremony, SoftwareAuthenticator } from './software-authenticator.js';

const installation = new AuthInstallation();
let auth: TestService;
let database: Connection;

beforeAll(async () => {
  auth = await installation.start();
  database = auth.app.get(getConnectionToken(), { strict: false });
});
afterAll(() => installation.remove());
afterEach(async () => {
  for (const name of ['passkeys', 'second_factors', 'sign_in_counters', 'mail_outbox'])
    await database.collection(name).deleteMany({});
});

const post = (path: string, body?: unknown, token?: string) =>
  auth.http.post(path, body, token === undefined ? {} : { token });
const password = (username: string) =>
  post('/auth/login', { username, password: `parley-${username}-demo`, client: 'native' });
const claimsOf = (token: string) => jwt.decode(token) as { sub: string; sid: string; amr: string[]; auth_time: number };
const strangersKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

async function register(username: string, token?: string, device = new SoftwareAuthenticator()) {
  const mine = token ?? (await logIn(auth, username));
  const options = await post('/auth/passkeys/options', undefined, mine);
  expect(options.status).toBe(200);
  const added = await post('/auth/passkeys', { name: 'Laptop', passkey: device.register(options.body) }, mine);
  expect(added.status).toBe(201);
  return { device, token: mine, added: added.body };
}
const signInOptions = async () => (await post('/auth/passkeys/sign-in/options')).body as { challenge: string };
const signIn = (passkey: unknown) => post('/auth/passkeys/sign-in', { passkey });

describe('registering a passkey', () => {
  it('gives recovery codes with the first factor, and lists what there is', async () => {
    const { token, added, device } = await register('user1');
    expect(added).toEqual({
      id: expect.stringMatching(/^pk_/),
      name: 'Laptop',
      is_synced: false,
      created_at: expect.any(String),
      last_used_at: null,
      recovery_codes: expect.any(Array),
    });
    installation.clock.advance(1_000);
    const second = await register('user1', token);
    expect(second.added.recovery_codes).toBeUndefined();
    const { body } = await auth.http.get('/auth/passkeys', { token });
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual([added.id, second.added.id]);
    const options = (await post('/auth/passkeys/options', undefined, token)).body;
    expect(options.rp).toEqual({ id: 'localhost', name: 'Parley' });
    expect(options.excludeCredentials.map(({ id }: { id: string }) => id)).toContain(device.id);
    const mails = await database.collection('mail_outbox').find({ template: 'factor_changed' }).toArray();
    expect(mails).toHaveLength(2);
  });

  it.each<[string, Ceremony]>([
    ['of another origin', { origin: 'https://evil.example' }],
    ['of a similar origin', { origin: 'http://localhost:8080.evil.example' }],
    ['for another relying party', { rpId: 'evil.example' }],
    ['to another challenge', { challenge: 'A'.repeat(43) }],
    ['that is an assertion', { type: 'webauthn.get' }],
  ])('refuses an answer %s', async (_name, change) => {
    const token = await logIn(auth, 'user1');
    const options = (await post('/auth/passkeys/options', undefined, token)).body;
    const passkey = new SoftwareAuthenticator().register(options, change);
    const { status, body } = await post('/auth/passkeys', { passkey }, token);
    expect([status, body.code]).toEqual([400, 'passkey_refused']);
    expect((await auth.http.get('/auth/passkeys', { token })).body.data).toEqual([]);
  });

  it('refuses a challenge twice, late, of another user, or given out to sign in; and a passkey of somebody else', async () => {
    const token = await logIn(auth, 'user1');
    const other = await logIn(auth, 'user2');
    const device = new SoftwareAuthenticator();
    const add = async (challenge: { challenge: string }, as = token, by = device) =>
      (await post('/auth/passkeys', { passkey: by.register(challenge) }, as)).body.code as string | undefined;
    const challengeOf = async (as: string) => (await post('/auth/passkeys/options', undefined, as)).body;
    expect(await add(await challengeOf(other))).toBe('passkey_refused');
    expect(await add(await signInOptions())).toBe('passkey_refused');
    const used = await challengeOf(token);
    expect(await add(used)).toBeUndefined();
    expect(await add(used, token, new SoftwareAuthenticator())).toBe('passkey_refused');
    expect(await add(await challengeOf(other), other)).toBe('passkey_known');
    const late = await challengeOf(token);
    installation.clock.advance(300_000);
    expect(await add(late, await logIn(auth, 'user2'))).toBe('passkey_refused');
  });

  it('is removed by its owner alone', async () => {
    const { token, added } = await register('user1');
    const other = await logIn(auth, 'user2');
    expect((await auth.http.delete(`/auth/passkeys/${added.id}`, { token: other })).body.code).toBe(
      'passkey_not_found',
    );
    expect((await auth.http.delete(`/auth/passkeys/${added.id}`, { token })).status).toBe(204);
    expect((await auth.http.get('/auth/mfa', { token })).body).toMatchObject({ passkeys: 0, recovery_codes_left: 0 });
    expect((await password('user1')).body.access_token).toEqual(expect.any(String));
  });
});

describe('POST /auth/passkeys/sign-in', () => {
  it('signs in without a password and without another factor', async () => {
    const { device, token } = await register('user1');
    const { sub } = claimsOf(token);
    const options = await signInOptions();
    expect(options).toMatchObject({ rpId: 'localhost', userVerification: 'required', allowCredentials: [] });
    const { status, body, headers } = await signIn(device.assert(options, { userHandle: sub }));
    expect([status, body.user.username]).toEqual([200, 'user1']);
    expect(headers.getSetCookie().some((cookie) => cookie.startsWith('__Host-rt='))).toBe(true);
    expect(claimsOf(body.access_token).amr).toEqual(['hwk', 'mfa']);
    const [shown] = (await auth.http.get('/auth/passkeys', { token })).body.data;
    expect(shown.last_used_at).toBe(installation.clock.date().toISOString());
  });

  it.each<[string, Ceremony]>([
    ['of another origin', { origin: 'https://evil.example' }],
    ['for another relying party', { rpId: 'evil.example' }],
    ['to another challenge', { challenge: 'A'.repeat(43) }],
    ['without verification of its user', { userVerified: false }],
    ['signed by another key', { key: strangersKey }],
    ['that is a registration', { type: 'webauthn.create' }],
    ['in the name of another user', { userHandle: 'usr_somebody_else' }],
    ['whose counter stands still', { counter: 5 }],
    ['whose counter goes back', { counter: 4 }],
  ])('refuses an answer %s', async (_name, change) => {
    const { device } = await register('user1');
    expect((await signIn(device.assert(await signInOptions(), { counter: 5 }))).status).toBe(200);
    const { status, body, headers } = await signIn(device.assert(await signInOptions(), { counter: 6, ...change }));
    expect([status, body.code]).toEqual([401, 'passkey_refused']);
    expect(headers.get('www-authenticate')).toMatch(/^Bearer /);
    expect((await signIn(device.assert(await signInOptions(), { counter: 7 }))).status).toBe(200);
  });

  it('refuses an unknown credential, an answer that comes again, and one of two at once', async () => {
    const { device } = await register('user1');
    expect((await signIn(new SoftwareAuthenticator().assert(await signInOptions()))).body.code).toBe('passkey_refused');
    const answer = device.assert(await signInOptions());
    const both = await Promise.all([signIn(answer), signIn(answer)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
    expect((await signIn(answer)).body.code).toBe('passkey_refused');
    const [first, second] = [await signInOptions(), await signInOptions()];
    const copied = await Promise.all([first, second].map((options) => signIn(device.assert(options, { counter: 9 }))));
    expect(copied.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  it('refuses a suspended account', async () => {
    const { device } = await register('user2');
    const users = database.collection('users');
    await users.updateOne({ username: 'user2' }, { $set: { status: 'suspended' } });
    const { status, body } = await signIn(device.assert(await signInOptions()));
    await users.updateOne({ username: 'user2' }, { $set: { status: 'active' } });
    expect([status, body.code]).toEqual([401, 'account_disabled']);
  });
});

describe('a passkey as the second factor', () => {
  it('is due after the password, and is taken in place of a code', async () => {
    const { device } = await register('user1');
    const stranger = await register('user2');
    const due = (await password('user1')).body;
    expect(due.methods).toEqual(['passkey', 'recovery_code']);
    const { mfa_token } = due;
    const ask = async () => (await post('/auth/mfa/passkey/options', { mfa_token })).body;
    const verify = (passkey: unknown) => post('/auth/mfa/verify', { mfa_token, passkey });
    expect((await ask()).allowCredentials.map(({ id }: { id: string }) => id)).toEqual([device.id]);
    expect((await verify(stranger.device.assert(await ask()))).body.code).toBe('passkey_refused');
    expect((await verify(device.assert(await signInOptions()))).body.code).toBe('passkey_refused');
    expect((await signIn(device.assert(await ask()))).body.code).toBe('passkey_refused');
    const { status, body } = await verify(device.assert(await ask(), { userVerified: false }));
    expect([status, claimsOf(body.access_token).amr]).toEqual([200, ['pwd', 'hwk', 'mfa']]);
    expect((await post('/auth/mfa/passkey/options', { mfa_token })).body.code).toBe('mfa_token_invalid');
  });

  it('shows again who is using a session', async () => {
    const { device, token } = await register('user1');
    installation.clock.advance(400_000);
    const { body: options } = await post('/auth/reauthenticate/passkey/options', undefined, token);
    const { status, body } = await post('/auth/reauthenticate', { passkey: device.assert(options) }, token);
    expect(status).toBe(200);
    expect(claimsOf(body.access_token)).toMatchObject({ auth_time: installation.clock.now() / 1_000 });
    const again = await post('/auth/reauthenticate', { passkey: device.assert(options) }, token);
    expect([again.status, again.body.code]).toEqual([403, 'reauthentication_failed']);
  });
});
