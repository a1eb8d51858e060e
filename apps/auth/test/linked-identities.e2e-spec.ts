import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { TestService } from '@parley/testing';
import type { Connection } from 'mongoose';
import { TokenSigner } from '../src/keys/token-signer.js';
import { browserOf, newcomer, ProviderSteps } from './provider-steps.js';
import { AuthInstallation, logIn } from './running-auth.js';
import { SecondFactorSteps } from './second-factor-steps.js';

const installation = new AuthInstallation();
let auth: TestService;
let database: Connection;
const providers = new ProviderSteps(() => auth);
const steps = new SecondFactorSteps(installation, () => auth);
const { acme, callback, signIn } = providers;
const userOf = (email: string) => database.collection('users').findOne({ email });

beforeAll(async () => {
  // The provider reminds of what a real one would have to set up.
  for (const method of ['warn', 'info'] as const) jest.spyOn(console, method).mockImplementation(() => undefined);
  auth = await installation.start(await providers.startProviders());
  database = auth.app.get(getConnectionToken(), { strict: false });
});
afterAll(async () => {
  jest.restoreAllMocks();
  await installation.remove();
  await providers.stopProviders();
});
afterEach(async () => {
  await database.collection('linked_identities').deleteMany({});
  await database.collection('users').deleteMany({ demo: false });
  await steps.cleanUp();
});

describe('linking an identity', () => {
  const begin = async (token: string) => {
    const answer = await auth.http.post('/auth/identities/acme/link', undefined, { token });
    return { ...answer, cookie: browserOf(answer.headers) };
  };
  const offer = async (token: string, account = newcomer) => {
    acme.account = account;
    const { body, cookie } = await begin(token);
    return (await callback(await acme.visit(body.authorization_url), cookie)).outcome.link_token!;
  };
  const confirm = (token: string, link_token: string) => auth.http.post('/auth/identities', { link_token }, { token });

  it('[attack 126] takes a signed-in user who has just shown who they are, and their word', async () => {
    const token = await logIn(auth, 'user1');
    const offered = await offer(token, { ...newcomer, email: 'user1@example.com' });
    expect(offered).toMatch(/^lnk_/);
    expect((await auth.http.get('/auth/identities', { token })).body.data).toEqual([]);
    const linked = await confirm(token, offered);
    expect([linked.status, linked.body.email]).toEqual([201, 'user1@example.com']);
    expect((await confirm(token, offered)).body.code).toBe('link_token_invalid');
    expect((await signIn(newcomer)).outcome).toEqual({ signed_in: 'acme' });
    expect((await auth.http.delete(`/auth/identities/${linked.body.id}`, { token })).status).toBe(204);
    expect((await signIn({ ...newcomer, email: 'user1@example.com' })).outcome.error).toBe('account_exists');
    installation.clock.advance(302_000);
    expect((await begin(token)).body.code).toBe('reauthentication_required');
    expect((await auth.http.post('/auth/identities/acme/link')).status).toBe(401);
  });

  it('refuses the word of another user or another session, and an identity that is linked already', async () => {
    const token = await logIn(auth, 'user1');
    const offered = await offer(token);
    for (const username of ['user2', 'user1']) {
      const { status, body } = await confirm(await logIn(auth, username), offered);
      expect([status, body.code]).toEqual([410, 'link_token_invalid']);
    }
    expect((await confirm(token, offered)).status).toBe(201);
    const second = await logIn(auth, 'user2');
    const taken = await confirm(second, await offer(second));
    expect([taken.status, taken.body.code]).toEqual([409, 'identity_linked']);
  });

  it('keeps the last way to sign in, and takes nobody else away theirs', async () => {
    await signIn(newcomer);
    const user = (await userOf('nora@example.org'))!;
    const [identity] = await database.collection('linked_identities').find({ user_id: user._id }).toArray();
    const session = (await database.collection('login_sessions').findOne({ user_id: user._id }))!;
    const { token } = auth.app.get(TokenSigner, { strict: false }).sign('user', 900, {
      ...{ aud: ['auth'], sub: user._id, sid: session._id, org_id: null },
      auth_time: Math.floor(installation.clock.now() / 1_000),
    });
    const stranger = await logIn(auth, 'user2');
    const path = `/auth/identities/${String(identity!._id)}`;
    expect((await auth.http.delete(path, { token: stranger })).body.code).toBe('identity_not_found');
    expect((await auth.http.delete(path, { token })).body.code).toBe('last_way_to_sign_in');
    expect((await signIn(newcomer)).outcome).toEqual({ signed_in: 'acme' });
    await database
      .collection('users')
      .updateOne({ _id: user._id }, { $set: { password_hash: 'a password of their own' } });
    expect((await auth.http.delete(path, { token })).status).toBe(204);
  });
});
