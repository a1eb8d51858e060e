import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { TestService } from '@parley/testing';
import type { Connection } from 'mongoose';
import type { Account } from './identity-provider.js';
import { newcomer, ProviderSteps, refreshCookieOf } from './provider-steps.js';
import { AuthInstallation } from './running-auth.js';
import { SecondFactorSteps } from './second-factor-steps.js';

const installation = new AuthInstallation();
let auth: TestService;
let closed: TestService;
let database: Connection;
const providers = new ProviderSteps(() => auth);
const steps = new SecondFactorSteps(installation, () => auth);
const { acme, other, start, callback, signIn } = providers;
const userOf = (email: string) => database.collection('users').findOne({ email });

beforeAll(async () => {
  // The provider reminds of what a real one would have to set up.
  for (const method of ['warn', 'info'] as const) jest.spyOn(console, method).mockImplementation(() => undefined);
  const environment = await providers.startProviders();
  auth = await installation.start(environment);
  closed = await installation.start({ ...environment, SIGNUP: 'closed' });
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

describe('GET /auth/providers', () => {
  it('names the providers and none of their secrets', async () => {
    const { body } = await auth.http.get('/auth/providers');
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual(['acme', 'other', 'gone']);
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('[auth M9] sends a browser off with state, nonce and PKCE, bound to it by a cookie', async () => {
    const { answer, url } = await start();
    expect(answer.status).toBe(302);
    const asked = new URL(url).searchParams;
    expect(asked.get('redirect_uri')).toBe('http://localhost:3000/auth/providers/acme/callback');
    for (const name of ['state', 'nonce', 'code_challenge']) expect(asked.get(name)).toMatch(/^[\w-]{43}$/);
    expect(asked.get('code_challenge_method')).toBe('S256');
    const [cookie] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/^__Host-idp=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; Secure; SameSite=Lax$/);
    const stored = JSON.stringify(await database.collection('provider_flows').find({}).toArray());
    expect(stored).not.toContain(asked.get('state'));
  });

  it('leads to our own pages only', async () => {
    for (const path of ['//evil.example', 'https://evil.example', '/unknown', '/\\evil.example']) {
      const { status, url } = await start('acme', `?return_to=${encodeURIComponent(path)}`);
      expect([status, url]).toEqual([400, '']);
    }
    expect((await start('acme', '?return_to=/settings')).status).toBe(302);
    expect((await start('nowhere')).status).toBe(404);
  });

  it('[attack 126] answers 503 while a provider is down', async () => {
    const { status, body, headers } = await auth.http.get('/auth/providers/gone/start');
    expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'provider_unavailable', '10']);
    expect((await start()).status).toBe(302);
  });
});

describe('signing in by a provider', () => {
  it('makes an account for somebody new, and finds it again by the subject', async () => {
    const first = await signIn(newcomer);
    expect([first.status, first.page, first.outcome]).toEqual([302, 'http://localhost:8080/', { signed_in: 'acme' }]);
    expect(first.headers.get('referrer-policy')).toBe('no-referrer');
    expect(refreshCookieOf(first.headers)).toMatch(/^__Host-rt=rt1\./);
    const user = (await userOf('nora@example.org'))!;
    expect(user).toMatchObject({ first_name: 'Nora', last_name: 'Vance', email_verified: true, status: 'active' });
    const again = await signIn({ ...newcomer, email: 'other@example.org' });
    expect(again.outcome).toEqual({ signed_in: 'acme' });
    expect(await userOf('other@example.org')).toBeNull();
    const session = await database.collection('login_sessions').findOne({ user_id: user._id }, { sort: { _id: 1 } });
    expect(session!.amr).toEqual(['fed']);
  });

  it('refuses a newcomer where signup is closed', async () => {
    expect((await signIn(newcomer, closed)).outcome).toEqual({ error: 'signup_closed', provider: 'acme' });
    expect(await userOf('nora@example.org')).toBeNull();
  });

  it('[attack 126] refuses an address that the provider has not verified, or that a local account has', async () => {
    const refused = async (account: Account) => {
      const { outcome, headers } = await signIn(account);
      expect(refreshCookieOf(headers)).toBeUndefined();
      return outcome.error;
    };
    expect(await refused({ ...newcomer, email_verified: false })).toBe('provider_email_unverified');
    expect(await refused({ sub: 'acme-1' })).toBe('provider_email_unverified');
    expect(await refused({ ...newcomer, email: 'user1@example.com', email_verified: false })).toBe(
      'provider_email_unverified',
    );
    expect(await refused({ ...newcomer, email: 'USER1@example.com' })).toBe('account_exists');
    expect(await refused({ ...newcomer, email: 'admin@example.com' })).toBe('account_exists');
    expect(await database.collection('linked_identities').countDocuments({})).toBe(0);
    expect((await signIn(newcomer)).outcome).toEqual({ signed_in: 'acme' });
  });

  it('[attack 126] refuses a state that is missing, made up, doubled, used, late, or of another browser', async () => {
    acme.account = newcomer;
    const { url, cookie } = await start();
    const query = await acme.visit(url);
    const stranger = await start();
    const error = async (given: string, by: string) => (await callback(given, by)).outcome.error;
    expect(await error('', cookie)).toBe('state_invalid');
    expect(await error(query.replace(/state=[^&]+/, `state=${'A'.repeat(43)}`), cookie)).toBe('state_invalid');
    expect(await error(`${query}&state=x`, cookie)).toBe('state_invalid');
    expect(await error(query, '')).toBe('state_invalid');
    expect(await error(query, stranger.cookie)).toBe('state_invalid');
    expect(await error(query, `${cookie}; ${stranger.cookie}`)).toBe('state_invalid');
    expect((await callback(query, cookie)).outcome).toEqual({ signed_in: 'acme' });
    expect(await error(query, cookie)).toBe('state_invalid');
    const late = await start();
    const lateQuery = await acme.visit(late.url);
    installation.clock.advance(600_000);
    expect(await error(lateQuery, late.cookie)).toBe('state_invalid');
  });

  it('[attack 126] refuses what another provider has answered, and an answer that names another issuer', async () => {
    acme.account = newcomer;
    other.account = newcomer;
    const foreign = await start('other');
    const foreignQuery = await other.visit(foreign.url);
    expect((await callback(foreignQuery, foreign.cookie)).outcome.error).toBe('state_invalid');
    const { url, cookie } = await start();
    const query = new URLSearchParams(await acme.visit(url));
    expect(query.get('iss')).toBe(acme.issuer);
    query.set('iss', other.issuer);
    expect((await callback(query.toString(), cookie)).outcome.error).toBe('provider_answer_invalid');
    expect((await signIn(newcomer)).outcome).toEqual({ signed_in: 'acme' });
  });

  it('[attack 126] refuses the code of another sign-in, and a token without the nonce that was asked for', async () => {
    acme.account = newcomer;
    const mine = await start();
    const theirs = await start();
    const stolen = new URLSearchParams(await acme.visit(theirs.url)).get('code')!;
    const query = new URLSearchParams(await acme.visit(mine.url));
    query.set('code', stolen);
    expect((await callback(query.toString(), mine.cookie)).outcome.error).toBe('provider_answer_invalid');

    const { url, cookie } = await start();
    const answer = await acme.visit(url);
    const state = createHash('sha256').update(new URLSearchParams(answer).get('state')!).digest('base64url');
    const flows = database.collection<{ _id: string }>('provider_flows');
    await flows.updateOne({ _id: state }, { $set: { nonce: 'another' } });
    expect((await callback(answer, cookie)).outcome.error).toBe('provider_answer_invalid');
    expect(await userOf('nora@example.org')).toBeNull();
  });

  it('tells that the provider has refused', async () => {
    const { url, cookie } = await start('acme', '?return_to=/settings');
    const state = new URL(url).searchParams.get('state')!;
    const query = new URLSearchParams({ error: 'access_denied', state, iss: acme.issuer }).toString();
    const { page, outcome } = await callback(query, cookie);
    expect([page, outcome.error]).toEqual(['http://localhost:8080/settings', 'provider_denied']);
  });

  it.each(['broken', 'silent'] as const)(
    '[attack 126] says that the provider cannot be reached when its token endpoint is %s, and signs in once it is well',
    async (state) => {
      acme.account = newcomer;
      const { url, cookie } = await start('acme', '?return_to=/settings');
      const query = await acme.visit(url);
      acme.tokenEndpoint = state;
      const { page, outcome, headers } = await callback(query, cookie).finally(() => (acme.tokenEndpoint = 'well'));
      expect([page, outcome]).toEqual([
        'http://localhost:8080/settings',
        { error: 'provider_unavailable', provider: 'acme' },
      ]);
      expect(refreshCookieOf(headers)).toBeUndefined();
      expect(await userOf('nora@example.org')).toBeNull();
      expect(installation.logs.text()).not.toContain('a trace of the provider');
      expect((await signIn(newcomer)).outcome).toEqual({ signed_in: 'acme' });
    },
  );

  it('leaves the second factor in force', async () => {
    await signIn(newcomer);
    const { _id } = (await userOf('nora@example.org'))!;
    const factors = database.collection<{ _id: string }>('second_factors');
    await factors.insertOne({
      _id: String(_id),
      user_id: _id,
      totp: { secret: 'x', last_step: 0 },
      recovery_codes: [],
    } as never);
    const { outcome, headers } = await signIn(newcomer);
    expect(outcome).toEqual({ mfa_token: expect.stringMatching(/^mfa_/), methods: 'totp' });
    expect(refreshCookieOf(headers)).toBeUndefined();
  });
});
