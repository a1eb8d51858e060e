import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TestService } from '@parley/testing';
import { AuditTally } from '../src/audit/audit-tally.js';
import { SecondFactors } from '../src/second-factors/second-factors.js';
import { AuthInstallation, logIn } from './running-auth.js';
import { claimsOf, SecondFactorSteps } from './second-factor-steps.js';
import { standingDate } from './standing-date.js';

const installation = new AuthInstallation();
let auth: TestService;
const steps = new SecondFactorSteps(installation, () => auth);
const { post, password, codeNow, freshCode, setUp } = steps;

beforeAll(async () => {
  auth = await installation.start();
});
afterAll(() => installation.remove());
afterEach(steps.cleanUp);

const entries = (type: string) => steps.database.collection('audit_entries').countDocuments({ type });
const mails = () => steps.database.collection('mail_outbox').find({ template: 'factor_changed' }).toArray();
const refusals = async () => {
  await auth.app.get(AuditTally, { strict: false }).write();
  const found = await steps.database.collection('audit_entries').find({ type: 'second_factor.refused' }).toArray();
  return found.reduce((sum, { facts }) => sum + (facts.count as number), 0);
};

describe('an authenticator app', () => {
  it('is set up by its first code, which tells the user by mail and ends their other sessions', async () => {
    const other = await logIn(auth, 'user1');
    const token = await logIn(auth, 'user1');
    const { status, body, headers } = await post('/auth/mfa/totp', undefined, token);
    expect([status, headers.get('cache-control')]).toEqual([201, 'no-store']);
    expect(body).toEqual({
      secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
      otpauth_url: `otpauth://totp/Parley:user1%40example.com?secret=${body.secret}&issuer=Parley`,
    });
    expect((await auth.http.get('/auth/mfa', { token })).body).toMatchObject({ totp: null, recovery_codes_left: 0 });
    expect((await password('user1')).body.access_token).toEqual(expect.any(String));

    const before = await entries('sign_in.totp_enabled');
    const confirmed = await post('/auth/mfa/totp/confirm', { code: codeNow(body.secret) }, token);
    expect(confirmed.body.recovery_codes).toHaveLength(10);
    expect(new Set(confirmed.body.recovery_codes).size).toBe(10);
    expect((await auth.http.get('/auth/mfa', { token })).body).toEqual({
      totp: { enabled_at: installation.clock.date().toISOString() },
      passkeys: 0,
      recovery_codes_left: 10,
      required: false,
    });
    expect(await entries('sign_in.totp_enabled')).toBe(before + 1);
    expect((await mails()).map(({ to }) => to.address)).toEqual(['user1@example.com']);
    const sessions = steps.database.collection<{ _id: string; ended_at: Date | null }>('login_sessions');
    expect((await sessions.findOne({ _id: claimsOf(other).sid }))!.ended_at).not.toBeNull();
    expect((await sessions.findOne({ _id: claimsOf(token).sid }))!.ended_at).toBeNull();
  });

  it('stores no code and no secret that could be read', async () => {
    const { secret, recoveryCodes } = await setUp('user1');
    const stored = JSON.stringify(await steps.database.collection('second_factors').find({}).toArray());
    expect(stored).not.toContain(secret);
    for (const code of recoveryCodes) expect(stored).not.toContain(code.replace('-', ''));
  });

  it.each(['000000', 'abcdef', '1', '12345678'])('is not set up by the wrong code %s', async (code) => {
    const token = await logIn(auth, 'user1');
    await post('/auth/mfa/totp', undefined, token);
    const { status, body } = await post('/auth/mfa/totp/confirm', { code }, token);
    expect([status, body.code]).toEqual([400, 'invalid_code']);
    expect((await password('user1')).body.mfa_required).toBeUndefined();
  });

  it('is not set up by a code when nothing was begun, or too long ago', async () => {
    const token = await logIn(auth, 'user1');
    expect((await post('/auth/mfa/totp/confirm', { code: '123456' }, token)).body.code).toBe('totp_not_begun');
    const { secret } = (await post('/auth/mfa/totp', undefined, token)).body;
    installation.clock.advance(15 * 60_000);
    const later = await logIn(auth, 'user1');
    const { status, body } = await post('/auth/mfa/totp/confirm', { code: codeNow(secret) }, later);
    expect([status, body.code]).toEqual([409, 'totp_not_begun']);
  });

  it('stays in force until another one that takes its place is confirmed', async () => {
    const { token, secret } = await setUp('user1');
    const { secret: next } = (await post('/auth/mfa/totp', undefined, token)).body;
    const { mfa_token } = (await password('user1')).body;
    expect((await post('/auth/mfa/verify', { mfa_token, code: freshCode(next) })).status).toBe(401);
    expect((await post('/auth/mfa/verify', { mfa_token, code: codeNow(secret) })).status).toBe(200);
    expect((await post('/auth/mfa/totp/confirm', { code: codeNow(next) }, token)).status).toBe(200);
    const again = (await password('user1')).body.mfa_token;
    installation.clock.advance(30_000);
    expect((await post('/auth/mfa/verify', { mfa_token: again, code: codeNow(secret) })).status).toBe(401);
    expect((await post('/auth/mfa/verify', { mfa_token: again, code: codeNow(next) })).status).toBe(200);
  });

  it('is removed by its user, and the recovery codes with it', async () => {
    const { token } = await setUp('user1');
    expect((await auth.http.delete('/auth/mfa/totp', { token })).status).toBe(204);
    expect((await auth.http.get('/auth/mfa', { token })).body).toMatchObject({ totp: null, recovery_codes_left: 0 });
    expect(await mails()).toHaveLength(2);
    expect((await password('user1')).body.access_token).toEqual(expect.any(String));
    expect((await auth.http.delete('/auth/mfa/totp', { token })).body.code).toBe('totp_not_enabled');
  });
});

describe('POST /auth/mfa/verify', () => {
  it('answers a right password with what is due, and the code with a session', async () => {
    const { secret } = await setUp('user1');
    const due = await password('user1', { client: 'native' });
    expect([due.status, due.headers.getSetCookie()]).toEqual([200, []]);
    expect(due.body).toEqual({
      mfa_required: true,
      mfa_token: expect.stringMatching(/^mfa_[A-Za-z0-9_-]{43}$/),
      methods: ['totp', 'recovery_code'],
      expires_in: 300,
    });
    const { status, body } = await post('/auth/mfa/verify', { mfa_token: due.body.mfa_token, code: freshCode(secret) });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      token_type: 'Bearer',
      refresh_token: expect.any(String),
      user: { username: 'user1' },
    });
    expect(claimsOf(body.access_token).amr).toEqual(['pwd', 'otp', 'mfa']);
  });

  it('takes the code of the step before and after, and none further away', async () => {
    const { secret } = await setUp('user1');
    installation.clock.advance(300_000);
    const { mfa_token } = (await password('user1')).body;
    const verify = (steps: number) => post('/auth/mfa/verify', { mfa_token, code: codeNow(secret, steps) });
    expect((await verify(-2)).status).toBe(401);
    expect((await verify(2)).status).toBe(401);
    expect((await verify(-1)).status).toBe(200);
    const again = (await password('user1')).body.mfa_token;
    expect((await post('/auth/mfa/verify', { mfa_token: again, code: codeNow(secret, 1) })).status).toBe(200);
  });

  it('[attack 127] takes a code once in its step, also of requests side by side, and says so in the audit log', async () => {
    const { secret } = await setUp('user1');
    const tokens = await Promise.all([1, 2, 3].map(async () => (await password('user1')).body.mfa_token as string));
    const refusedBefore = await refusals();
    const code = freshCode(secret);
    const answers = await Promise.all(tokens.map((mfa_token) => post('/auth/mfa/verify', { mfa_token, code })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
    const refused = answers.find(({ status }) => status === 401)!;
    expect(refused.body).toMatchObject({ code: 'invalid_code', request_id: expect.any(String) });
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer /);
    expect(await refusals()).toBe(refusedBefore + 2);
    const { mfa_token } = (await password('user1')).body;
    expect((await post('/auth/mfa/verify', { mfa_token, code })).body.code).toBe('invalid_code');
    expect((await post('/auth/mfa/verify', { mfa_token, code: freshCode(secret) })).status).toBe(200);
  });

  it('[attack 127] takes a recovery code once, however it is written, and counts those left', async () => {
    const { token, recoveryCodes } = await setUp('user1');
    const spelled = recoveryCodes[0]!.toUpperCase().replace('-', ' ');
    const tokens = await Promise.all([1, 2].map(async () => (await password('user1')).body.mfa_token as string));
    const answers = await Promise.all(
      tokens.map((mfa_token) => post('/auth/mfa/verify', { mfa_token, code: spelled })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    expect((await auth.http.get('/auth/mfa', { token })).body.recovery_codes_left).toBe(9);
    const renewed = (await post('/auth/mfa/recovery-codes', undefined, token)).body.recovery_codes as string[];
    const { mfa_token } = (await password('user1')).body;
    expect((await post('/auth/mfa/verify', { mfa_token, code: recoveryCodes[1] })).status).toBe(401);
    expect((await post('/auth/mfa/verify', { mfa_token, code: renewed[1] })).status).toBe(200);
  });

  describe('to who guesses', () => {
    beforeEach(() => standingDate.stop());
    afterEach(() => standingDate.goOn());

    it('[attack 127] looks at ten of a thousand codes, and leaves the password, the sessions and others alone', async () => {
      const { token, secret } = await setUp('user1');
      const { mfa_token } = (await password('user1')).body;
      const guess = (code: string) => post('/auth/mfa/verify', { mfa_token, code });
      const seen: number[] = [];
      for (let n = 0; n < 10; n++) seen.push((await guess(String(100_000 + n))).status);
      expect(seen).toEqual(Array(10).fill(401));
      const flood = await Promise.all(Array.from({ length: 40 }, (_, n) => guess(String(200_000 + n))));
      // The other nine hundred and fifty go past HTTP, because they would take half a minute there.
      const factors = auth.app.get(SecondFactors, { strict: false });
      const _id = (await auth.http.get('/auth/me', { token })).body.id as string;
      const others = Array.from({ length: 950 }, (_, n) => factors.useCode({ _id }, String(300_000 + n)));
      const refused = (await Promise.allSettled(others)).map(
        (one) => (one as PromiseRejectedResult).reason.code as string,
      );
      const codes = [...flood.map(({ body }) => body.code as string), ...refused];
      // The waits are of one second, two, four: one more is looked at after each, should it all take so long.
      expect(codes.filter((code) => code !== 'too_many_attempts').length).toBeLessThanOrEqual(4);
      await guess('999999');
      const right = await guess(freshCode(secret));
      expect([right.status, right.body.code]).toEqual([429, 'too_many_attempts']);
      expect(Number(right.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);

      expect((await password('user1')).body.mfa_required).toBe(true);
      expect((await auth.http.get('/auth/me', { token })).status).toBe(200);
      expect((await password('user2')).body.access_token).toEqual(expect.any(String));
      standingDate.advance(900_000);
      expect((await guess(codeNow(secret))).status).toBe(200);
    });
  });

  it('is for one sign-in, its device and its five minutes', async () => {
    const { token, secret } = await setUp('user1');
    const { mfa_token } = (await password('user1')).body;
    const verify = (given: unknown, headers = {}) =>
      auth.http.post('/auth/mfa/verify', { mfa_token: given, code: codeNow(secret) }, { headers });
    installation.clock.advance(30_000);
    for (const wrong of [`mfa_${'A'.repeat(43)}`, token.slice(0, 90), mfa_token.toLowerCase()]) {
      expect((await verify(wrong)).body.code).toBe('mfa_token_invalid');
    }
    expect((await verify(mfa_token, { 'user-agent': 'another browser' })).body.code).toBe('mfa_token_invalid');
    expect((await auth.http.get('/auth/me', { token: mfa_token })).status).toBe(401);
    expect((await post('/auth/mfa/setup', { mfa_token })).body.code).toBe('mfa_token_invalid');
    expect((await verify(mfa_token)).status).toBe(200);
    expect((await verify(mfa_token)).body.code).toBe('mfa_token_invalid');
    const late = (await password('user1')).body.mfa_token;
    installation.clock.advance(300_000);
    expect((await verify(late)).body.code).toBe('mfa_token_invalid');
  });

  it('ends in no session when all sessions were ended, or the account suspended, after the password', async () => {
    const { token } = await setUp('user1');
    const { mfa_token } = (await password('user1')).body;
    const { secret } = (await post('/auth/mfa/totp', undefined, token)).body;
    await post('/auth/mfa/totp/confirm', { code: codeNow(secret) }, token);
    const { status, body } = await post('/auth/mfa/verify', { mfa_token, code: freshCode(secret) });
    expect([status, body.code]).toEqual([401, 'credential_changed']);

    const users = steps.database.collection('users');
    const second = (await password('user1')).body.mfa_token;
    await users.updateOne({ username: 'user1' }, { $set: { status: 'suspended' } });
    const suspended = await post('/auth/mfa/verify', { mfa_token: second, code: freshCode(secret) });
    await users.updateOne({ username: 'user1' }, { $set: { status: 'active' } });
    expect(suspended.body.code).toBe('account_disabled');
  });

  it.each([{}, { code: '1', passkey: {} }, { code: { $gt: '' } }, { code: ['123456'] }, { code: 123456 }])(
    'refuses %j',
    async (given) => {
      const { status, body } = await post('/auth/mfa/verify', { mfa_token: 'mfa_x', ...given });
      expect([status, body.code]).toEqual([400, 'validation_failed']);
    },
  );
});
