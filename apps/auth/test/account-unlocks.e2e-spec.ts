import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import type { TestService } from '@parley/testing';
import type { Connection } from 'mongoose';
import { Browser } from './browser.js';
import { deliverOnDemand, mailsTo, tokenIn } from './mailbox.js';
import { addUser, type Person, person, somePassword } from './people.js';
import { AuthInstallation } from './running-auth.js';
import { standingDate } from './standing-date.js';

const installation = new AuthInstallation();
let auth: TestService;
let connection: Connection;
let support: Person;
let count = 0;

beforeAll(async () => {
  auth = await installation.start({ TRUSTED_PROXIES: '127.0.0.1', PUBLIC_WEB_URL: 'http://localhost:8080' });
  await deliverOnDemand(auth);
  connection = auth.app.get(getConnectionToken(), { strict: false });
  support = await person(auth, 'sue', { platform_role: 'support' });
});
afterAll(() => installation.remove());
beforeEach(() => standingDate.stop());
afterEach(() => standingDate.goOn());

const logIn = (name: object, password: string, from = `203.0.113.${++count % 250}`) =>
  auth.http.post('/auth/login', { ...name, password }, { headers: { 'x-forwarded-for': from } });
/** Wrong passwords from as many addresses, until strangers have to wait. */
const botnet = (name: object, times = 10) =>
  Promise.all(Array.from({ length: times }, () => logIn(name, 'wrong'))).then(() => logIn(name, 'wrong'));
const waits = async (username: string) => (await logIn({ username }, somePassword)).status === 429;
const victim = async (change = {}) => {
  const username = `victim${++count}`;
  const { _id: id, email } = await addUser(auth, username, change);
  return { id, email, username };
};
const unlock = (token: unknown) => auth.http.post('/auth/unlock', { token });
const entriesOf = (subject: string) =>
  connection.collection('audit_entries').find({ subject, type: 'user.unlocked' }).toArray();

describe('while strangers guess', () => {
  it('[attack 40] [auth G6] the owner signs in at once where they have signed in before, goes on, and is let in by a new password', async () => {
    const { username, email } = await victim();
    const home = new Browser(() => auth, { 'x-forwarded-for': '198.51.100.7' });
    expect((await home.logIn(username, somePassword)).status).toBe(200);
    const refused = await botnet({ username });
    expect([refused.status, refused.body.code, refused.body.detail]).toEqual([
      429,
      'too_many_attempts',
      'Rate limit exceeded',
    ]);
    expect((await home.refresh()).status).toBe(200);
    expect((await home.get('/auth/me')).status).toBe(200);
    expect((await home.copy().logIn(username, somePassword)).status).toBe(200);
    expect(await waits(username)).toBe(true);

    await auth.http.post('/auth/forgot-password', { email });
    const mail = (await mailsTo(auth, email)).find(({ subject }) => subject === 'Choose a new password');
    const password = 'another walk, another harbour';
    expect((await auth.http.post('/auth/reset-password', { token: tokenIn(mail!), password })).status).toBe(200);
    expect((await logIn({ username }, password)).status).toBe(200);
  });

  it('[attack 43] renewals on the known device change no count', async () => {
    const { username } = await victim();
    const home = new Browser(() => auth, { 'x-forwarded-for': '198.51.100.8' });
    await home.logIn(username, somePassword);
    await botnet({ username });
    const counts = () => connection.collection('sign_in_counters').find({}).sort({ key: 1 }).toArray();
    const before = await counts();
    for (let n = 0; n < 5; n++) expect((await home.refresh()).status).toBe(200);
    expect(await counts()).toEqual(before);
  });
});

describe('POST /users/{id}/unlock', () => {
  const byStaff = (id: string, token = support.token) => auth.http.post(`/users/${id}/unlock`, undefined, { token });

  it('[auth G7] ends the wait of both names, and stands in the audit log', async () => {
    const { id, username, email } = await victim();
    await botnet({ username });
    await botnet({ email });
    expect((await byStaff(id)).status).toBe(204);
    expect((await logIn({ username }, somePassword)).status).toBe(200);
    expect((await logIn({ email }, somePassword)).status).toBe(200);
    expect(await entriesOf(id)).toMatchObject([
      { actor: support.id, facts: { how: 'staff' }, ip_address: '127.0.0.1' },
    ]);
  });

  it('[auth G7] is for those who have the right, and for users who are there', async () => {
    const { id, username } = await victim();
    const { token } = await person(auth, `somebody${++count}`);
    await botnet({ username });
    const refused = [await byStaff(id, token), await auth.http.post(`/users/${id}/unlock`), await byStaff('usr_gone')];
    expect(refused.map(({ status, body }) => [status, body.code])).toEqual([
      [403, 'permission_denied'],
      [401, 'token_missing'],
      [404, 'user_not_found'],
    ]);
    expect(await waits(username)).toBe(true);
    expect(await entriesOf(id)).toEqual([]);
  });
});

describe('POST /auth/unlock', () => {
  const subject = 'Many wrong passwords for your account';
  const unlockMails = async (email: string) => (await mailsTo(auth, email)).filter((mail) => mail.subject === subject);

  it('[auth G7] ends the wait by the link that was mailed, once, and a link that is only looked at does nothing', async () => {
    const { id, username, email } = await victim();
    await botnet({ username });
    const [mail] = await unlockMails(email);
    const token = tokenIn(mail!);
    expect(mail!.text).toContain(`http://localhost:8080/unlock#token=${token}`);
    for (const path of [`/auth/unlock?token=${token}`, '/auth/unlock'])
      expect((await auth.http.get(path)).status).toBe(404);
    expect(await waits(username)).toBe(true);
    const answers = await Promise.all([unlock(token), unlock(token)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 410]);
    expect((await logIn({ username }, somePassword)).status).toBe(200);
    expect(await entriesOf(id)).toMatchObject([{ actor: id, facts: { how: 'link' } }]);
  });

  it('mails one link an hour, whichever name is guessed at and however often', async () => {
    const { username, email } = await victim();
    for (let n = 0; n < 5; n++) {
      await botnet({ username });
      standingDate.advance(1_000_000);
      await mailsTo(auth, email);
    }
    await botnet({ email });
    expect((await unlockMails(email)).length).toBe(2);
  });

  it('mails nobody whose account cannot be used, and stores the same for names that nobody has', async () => {
    const unverified = await victim({ email_verified: false });
    const suspended = await victim({ status: 'suspended' });
    const names = [unverified.email, suspended.email, 'nobody@example.org'].sort();
    for (const email of names) await botnet({ email });
    const requests = connection.collection('account_requests');
    const stored = await requests.distinct('email', { kind: 'unlock' });
    expect(stored.sort()).toEqual(names);
    for (const email of names) expect(await unlockMails(email)).toEqual([]);
    expect(await requests.countDocuments({})).toBe(0);
  });

  it('refuses a link of half an hour ago, one for something else, and what is none', async () => {
    const { username, email } = await victim();
    await botnet({ username });
    const token = tokenIn((await unlockMails(email))[0]!);
    await auth.http.post('/auth/forgot-password', { email });
    const other = (await mailsTo(auth, email)).find((mail) => mail.subject === 'Choose a new password');
    installation.clock.advance(30 * 60_000);
    const refused = [await unlock(token), await unlock(tokenIn(other!)), await unlock('x'.repeat(43)), await unlock(7)];
    expect(refused.map(({ status, body }) => [status, body.code])).toEqual([
      [410, 'token_expired'],
      [400, 'token_invalid'],
      [400, 'token_invalid'],
      [400, 'validation_failed'],
    ]);
  });
});
