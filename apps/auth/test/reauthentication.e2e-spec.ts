import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { UserPrincipal } from '@parley/auth';
import type { TestService } from '@parley/testing';
import { UserAdministration } from '../src/user-administration/user-administration.service.js';
import { addUser, signIn, somePassword } from './people.js';
import { AuthInstallation, logIn } from './running-auth.js';
import { claimsOf, SecondFactorSteps } from './second-factor-steps.js';

const installation = new AuthInstallation();
let auth: TestService;
const steps = new SecondFactorSteps(installation, () => auth);
const { post, password, codeNow, freshCode, setUp } = steps;

beforeAll(async () => {
  auth = await installation.start();
});
afterAll(() => installation.remove());
afterEach(steps.cleanUp);

describe('POST /auth/reauthenticate', () => {
  const stale = async (username: string) => {
    const token = await logIn(auth, username);
    installation.clock.advance(302_000);
    return token;
  };

  it('is asked for before a factor is changed five minutes after signing in, and gives a token of the same session', async () => {
    const token = await stale('user1');
    const refused = await post('/auth/mfa/totp', undefined, token);
    expect([refused.status, refused.body.code, refused.body.max_age]).toEqual([403, 'reauthentication_required', 300]);
    expect(refused.headers.get('www-authenticate')).toContain(
      'error="insufficient_user_authentication", max_age="300"',
    );
    const again = await post('/auth/reauthenticate', { password: 'parley-user1-demo' }, token);
    expect([again.status, again.body.expires_in]).toEqual([200, 900]);
    const [before, after] = [claimsOf(token), claimsOf(again.body.access_token)];
    expect(after.sid).toBe(before.sid);
    expect(after.auth_time).toBe(Math.floor(installation.clock.now() / 1_000));
    expect((await post('/auth/mfa/totp', undefined, again.body.access_token)).status).toBe(201);
    expect((await post('/auth/mfa/totp', undefined, token)).status).toBe(403);
  });

  it('refuses a wrong password without saying that the token is void', async () => {
    const token = await logIn(auth, 'user1');
    const { status, body, headers } = await post('/auth/reauthenticate', { password: 'wrong' }, token);
    expect([status, body.code, headers.get('www-authenticate')]).toEqual([403, 'reauthentication_failed', null]);
    expect((await post('/auth/reauthenticate', { password: 'x' })).status).toBe(401);
  });

  it('wants the factor where one is set up, and takes each code once', async () => {
    const { token, secret } = await setUp('user1');
    const byPassword = await post('/auth/reauthenticate', { password: 'parley-user1-demo' }, token);
    expect([byPassword.status, byPassword.body.code]).toEqual([403, 'factor_required']);
    const code = freshCode(secret);
    const right = await post('/auth/reauthenticate', { code }, token);
    expect(right.status).toBe(200);
    expect(claimsOf(right.body.access_token).amr).toEqual(['pwd', 'otp', 'mfa']);
    expect((await post('/auth/reauthenticate', { code }, token)).body.code).toBe('reauthentication_failed');
    const { mfa_token } = (await password('user1')).body;
    expect((await post('/auth/mfa/verify', { mfa_token, code })).body.code).toBe('invalid_code');
  });

  it('refuses for a session that has ended', async () => {
    const token = await logIn(auth, 'user1');
    const { sid } = claimsOf(token);
    await steps.database
      .collection<{ _id: string }>('login_sessions')
      .updateOne({ _id: sid }, { $set: { ended_at: new Date() } });
    expect((await post('/auth/reauthenticate', { password: 'parley-user1-demo' }, token)).status).toBe(401);
  });
});

describe('REQUIRE_MFA_FOR_ADMINS', () => {
  let strict: TestService;
  beforeAll(async () => {
    strict = await installation.start({ REQUIRE_MFA_FOR_ADMINS: 'true' });
  });
  const send = (path: string, body?: unknown, token?: string) =>
    strict.http.post(path, body, token === undefined ? {} : { token });
  const admin = () => send('/auth/login', { username: 'admin', password: 'parley-admin-demo' });

  it('lets an administrator in when a factor is set up, and nobody else is asked', async () => {
    const due = await admin();
    expect(due.status).toBe(200);
    expect(due.body).toEqual({
      mfa_setup_required: true,
      mfa_token: expect.any(String),
      methods: ['totp'],
      expires_in: 300,
    });
    const { mfa_token } = due.body;
    expect((await send('/auth/mfa/verify', { mfa_token, code: '123456' })).body.code).toBe('mfa_token_invalid');
    const { status, body } = await send('/auth/mfa/setup', { mfa_token });
    expect(status).toBe(201);
    expect((await send('/auth/mfa/setup/confirm', { mfa_token, code: '000000' })).body.code).toBe('invalid_code');
    const done = await send('/auth/mfa/setup/confirm', { mfa_token, code: codeNow(body.secret) });
    expect([done.status, done.body.recovery_codes.length]).toEqual([200, 10]);
    expect((await strict.http.get('/auth/me', { token: done.body.access_token })).body.role).toBe('platform_admin');
    expect((await send('/auth/mfa/setup/confirm', { mfa_token, code: freshCode(body.secret) })).status).toBe(401);

    const kept = await strict.http.delete('/auth/mfa/totp', { token: done.body.access_token });
    expect([kept.status, kept.body.code]).toEqual([409, 'factor_required']);
    expect((await strict.http.get('/auth/mfa', { token: done.body.access_token })).body.recovery_codes_left).toBe(10);
    expect((await admin()).body.mfa_required).toBe(true);
    const user = await send('/auth/login', { username: 'user1', password: 'parley-user1-demo' });
    expect(user.body.access_token).toEqual(expect.any(String));
  });

  it('ends the sessions of whoever becomes an administrator without a factor, and asks for one at the next sign-in', async () => {
    const known = (username: string) => addUser(strict, username);
    const [bare, equipped] = [await known('promoted-bare'), await known('promoted-equipped')];
    const sessionOf = async (username: string) => signIn(strict, username);
    const [first, second] = [await sessionOf('promoted-bare'), await sessionOf('promoted-equipped')];
    const begun = await send('/auth/mfa/totp', undefined, second);
    await send('/auth/mfa/totp/confirm', { code: codeNow(begun.body.secret) }, second);
    const { _id: actor } = await addUser(strict, 'promotes', { platform_role: 'platform_admin' });
    const service = strict.app.get(UserAdministration, { strict: false });
    const promote = (id: string) =>
      service.change({ principal: { userId: actor } as UserPrincipal, ipAddress: '127.0.0.1' }, id, {
        platform_role: 'platform_admin',
      });
    await promote(bare._id);
    await promote(equipped._id);
    const me = async (token: string) => (await strict.http.get('/auth/me', { token })).body;
    expect((await me(first)).code).toBe('session_revoked');
    expect((await me(second)).role).toBe('platform_admin');
    const again = await send('/auth/login', { username: 'promoted-bare', password: somePassword });
    expect(again.body).toMatchObject({ mfa_setup_required: true });
  });
});

describe('what cannot be taken back about one’s own account', () => {
  const own = (token: string, code: string) => ({
    password: () =>
      post('/auth/change-password', { current_password: somePassword, new_password: `${somePassword} ${code}` }, token),
    address: () => post('/auth/change-email', { email: `${code}@example.org`, password: somePassword }, token),
    account: async () => {
      const answer = await auth.http.open('DELETE', '/auth/me', { password: somePassword }, { token });
      return { status: answer.status, body: (await answer.json().catch(() => ({}))) as { code?: string } };
    },
  });

  it.each(['password', 'address', 'account'] as const)(
    'needs the factor lately where one is set up, and not where none is: the %s',
    async (what) => {
      const [{ _id }] = [await addUser(auth, `guards-${what}`), await addUser(auth, `plain-${what}`)];
      const token = await signIn(auth, `guards-${what}`);
      const begun = await post('/auth/mfa/totp', undefined, token);
      const { secret } = begun.body as { secret: string };
      expect((await post('/auth/mfa/totp/confirm', { code: codeNow(secret) }, token)).status).toBe(200);
      const plain = await signIn(auth, `plain-${what}`);
      installation.clock.advance(302_000);
      const refused = await own(token, 'early')[what]();
      expect([refused.status, refused.body.code]).toEqual([403, 'reauthentication_required']);
      const users = steps.database.collection<{ _id: string }>('users');
      expect(await users.findOne({ _id })).toMatchObject({ status: 'active', email: `guards-${what}@example.org` });
      const fresh = await post('/auth/reauthenticate', { code: freshCode(secret) }, token);
      const done = await own(fresh.body.access_token as string, `late-${what}`)[what]();
      expect([200, 202, 204]).toContain(done.status);
      expect([200, 202, 204]).toContain((await own(plain, `plainly-${what}`)[what]()).status);
    },
  );
});
