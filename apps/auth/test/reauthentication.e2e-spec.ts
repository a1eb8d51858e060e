import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestService } from '@parley/testing';
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
});
