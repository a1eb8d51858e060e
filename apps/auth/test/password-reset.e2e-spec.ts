import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getModelToken } from '@nestjs/mongoose';
import type { TestService } from '@parley/testing';
import type { Model } from 'mongoose';
import { AUDIT_ENTRIES, type AuditEntry } from '../src/audit/audit-entry.schema.js';
import { ONE_TIME_TOKENS, type OneTimeToken } from '../src/one-time-tokens/one-time-token.schema.js';
import { deliverOnDemand, mailedToken, mailsTo } from './mailbox.js';
import { addUser, person, signIn, somePassword } from './people.js';
import { AuthInstallation } from './running-auth.js';

const installation = new AuthInstallation();
const next = 'another walk, another harbour';
let auth: TestService;
let count = 0;

beforeAll(async () => {
  auth = await installation.start({ PUBLIC_WEB_URL: 'https://chat.example.com' });
  await deliverOnDemand(auth);
});
afterAll(() => installation.remove());

const newPerson = () => person(auth, `reset${++count}`);
const forgot = (email: unknown, headers: Record<string, string> = {}) =>
  auth.http.post('/auth/forgot-password', { email }, { headers });
const reset = (token: unknown, password: unknown = next) => auth.http.post('/auth/reset-password', { token, password });
const linkFor = async (email: string) => {
  await forgot(email);
  return mailedToken(auth, email, '/reset-password');
};

describe('POST /auth/forgot-password', () => {
  it('[auth I2, I3] [attack 56] leads to a new password, and every session and every other link is gone', async () => {
    const { email, id } = await newPerson();
    const earlier = await linkFor(email);
    expect((await reset(await linkFor(email))).body).toEqual({ message: 'Password reset successful' });
    expect((await auth.http.post('/auth/login', { email, password: somePassword })).status).toBe(401);
    expect((await auth.http.post('/auth/login', { email, password: next })).status).toBe(200);
    const old = await reset(earlier, 'a third walk, a third harbour');
    expect([old.status, old.body.code]).toEqual([410, 'token_used']);
    const sessions: Model<{ user_id: string; end_reason: string | null }> = auth.app.get(
      getModelToken('LoginSession'),
      {
        strict: false,
      },
    );
    const reasons = (await sessions.find({ user_id: id }).lean()).map(({ end_reason }) => end_reason);
    expect(reasons).toHaveLength(2);
    expect(reasons).toEqual(expect.arrayContaining(['password_changed', null]));
    expect((await mailsTo(auth, email))[0]!.subject).toBe('Your password was changed');
    const audit: Model<AuditEntry> = auth.app.get(getModelToken(AUDIT_ENTRIES), { strict: false });
    expect(await audit.findOne({ type: 'user.password_changed', subject: id }).lean()).toMatchObject({
      facts: { how: 'reset' },
    });
  });

  it('[attack 56] signs nobody in', async () => {
    const { email } = await newPerson();
    const { body, headers } = await reset(await linkFor(email));
    expect([Object.keys(body), headers.get('set-cookie')]).toEqual([['message'], null]);
  });

  it('[attack 38] answers everybody alike, and writes to those alone who can use it', async () => {
    const { email: known } = await newPerson();
    const unverified = await addUser(auth, 'reset-unverified', { email_verified: false });
    const suspended = await addUser(auth, 'reset-suspended', { status: 'suspended' });
    const deactivated = await addUser(auth, 'reset-deactivated', { status: 'deactivated' });
    const emails = [known, unverified.email, suspended.email, deactivated.email, 'nobody@example.org'];
    for (const route of ['/auth/forgot-password', '/auth/resend-verification']) {
      const answers = await Promise.all(emails.map((email) => auth.http.post(route, { email })));
      const seen = answers.map(({ status, body }) => JSON.stringify([status, body]));
      expect(new Set(seen)).toEqual(new Set([seen[0]]));
      expect(answers[0]!.status).toBe(202);
    }
    const mails = await Promise.all(
      emails.map(async (email) => (await mailsTo(auth, email)).map(({ subject }) => subject)),
    );
    expect(mails.map((each) => each.sort())).toEqual([
      ['Choose a new password'],
      ['Choose a new password', 'Confirm your e-mail address'],
      [],
      [],
      [],
    ]);
  });

  it('[attack 54] takes the address of the link from the configuration, whatever the request says', async () => {
    const { email } = await newPerson();
    await forgot(email, {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      forwarded: 'host=evil.example',
    });
    const [mail] = await mailsTo(auth, email);
    expect(mail!.text).toContain('https://chat.example.com/reset-password#token=');
    expect(mail!.text).not.toContain('evil.example');
  });

  it('[attack 55] sends three mails an hour at most, however often it is asked', async () => {
    const { email } = await newPerson();
    const answers = await Promise.all(Array.from({ length: 60 }, () => forgot(email)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 60 }, () => 202));
    expect(await mailsTo(auth, email)).toHaveLength(3);
  });

  it('helps somebody who was guessed at: the wait of the account ends with it', async () => {
    const { email } = await newPerson();
    for (let n = 0; n < 12; n++) await auth.http.post('/auth/login', { email, password: 'wrong' });
    expect((await auth.http.post('/auth/login', { email, password: somePassword })).status).toBe(429);
    await reset(await linkFor(email));
    expect((await auth.http.post('/auth/login', { email, password: next })).status).toBe(200);
  });
});

describe('POST /auth/reset-password', () => {
  it('[attack 53] lets a link work once, also of two who use it at once', async () => {
    const { email } = await newPerson();
    const link = await linkFor(email);
    const both = await Promise.all([reset(link), reset(link)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 410]);
    expect((await reset(link)).body.code).toBe('token_used');
  });

  it('[attack 53] refuses a link after thirty minutes', async () => {
    const { email } = await newPerson();
    const link = await linkFor(email);
    installation.clock.advance(30 * 60_000);
    const { status, body } = await reset(link);
    expect([status, body.code]).toEqual([410, 'token_expired']);
    expect((await reset(await linkFor(email))).status).toBe(200);
  });

  it('[attack 53, 12] refuses a link of another purpose, a token of another kind, and things that are none', async () => {
    const { email, token } = await newPerson();
    const unverified = await addUser(auth, 'reset-purpose', { email_verified: false });
    await auth.http.post('/auth/resend-verification', { email: unverified.email });
    const verification = await mailedToken(auth, unverified.email);
    for (const wrong of [verification, token, 'x', 'A'.repeat(43)]) {
      const { status, body } = await reset(wrong);
      expect([status, body.code]).toEqual([400, wrong === token ? 'validation_failed' : 'token_invalid']);
    }
    expect((await reset({ $ne: null })).body.code).toBe('validation_failed');
    expect((await auth.http.post('/auth/verify-email', { token: verification })).status).toBe(200);
    expect((await auth.http.post('/auth/login', { email, password: somePassword })).status).toBe(200);
  });

  it('leaves the link good when the password is refused', async () => {
    const { email } = await newPerson();
    const link = await linkFor(email);
    expect((await reset(link, 'short')).body.code).toBe('password_too_short');
    expect((await reset(link, `${email}1`)).body.code).toBe('password_contextual');
    expect((await reset(link)).status).toBe(200);
  });

  it('verifies the address too, since the link came by mail', async () => {
    const { email } = await addUser(auth, 'reset-verifies', { email_verified: false });
    await reset(await linkFor(email));
    expect((await auth.http.post('/auth/login', { email, password: next })).status).toBe(200);
  });

  it('[attack 68] does nothing for an account that was suspended meanwhile', async () => {
    const { email, id } = await newPerson();
    const link = await linkFor(email);
    await auth.app
      .get<Model<object>>(getModelToken('User'), { strict: false })
      .updateOne({ _id: id }, { $set: { status: 'suspended' } });
    const { status, body } = await reset(link);
    expect([status, body.code]).toEqual([401, 'account_disabled']);
  });

  it('[attack 110] stores nothing that opens anything', async () => {
    const { email } = await newPerson();
    const link = await linkFor(email);
    const tokens: Model<OneTimeToken> = auth.app.get(getModelToken(ONE_TIME_TOKENS), { strict: false });
    expect(JSON.stringify(await tokens.find().lean())).not.toContain(link);
  });

  it.each([
    '/auth/verify-email',
    '/auth/reset-password',
    '/auth/restore',
    '/auth/confirm-email-change',
    '/auth/undo-email-change',
  ])('[attack 58] %s does nothing when a mail scanner opens it', async (path) => {
    const { email } = await newPerson();
    const link = await linkFor(email);
    for (const method of ['GET', 'HEAD']) {
      const { status } = await auth.http.open(method, `${path}?token=${link}`);
      expect([404, 405]).toContain(status);
    }
    expect((await reset(link)).status).toBe(200);
  });

  it('[attack 53] limits how many tokens a network may try', async () => {
    const { email } = await newPerson();
    const link = await linkFor(email);
    let last = 0;
    for (let n = 0; n < 40 && last !== 429; n++) last = (await reset('B'.repeat(43))).status;
    expect(last).toBe(429);
    const elsewhere = await installation.start({ TRUSTED_PROXIES: '127.0.0.1' });
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    const answer = await elsewhere.http.post('/auth/reset-password', { token: link, password: next }, { headers });
    expect(answer.status).toBe(200);
    await installation.stop(elsewhere);
    await signIn(auth, 'user1');
  });
});
