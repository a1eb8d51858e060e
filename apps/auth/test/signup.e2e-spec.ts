import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { PeriodicJobs } from '@parley/platform';
import { testDatabases, type TestService } from '@parley/testing';
import type { CommandStartedEvent } from 'mongodb';
import type { Connection } from 'mongoose';
import { PasswordHashes } from '../src/passwords/password-hashes.js';
import { UsersService } from '../src/users/users.service.js';
import { deliverOnDemand, mailedToken, mailsTo, tokenIn } from './mailbox.js';
import { addUser, somePassword } from './people.js';
import { AuthInstallation } from './running-auth.js';

const installation = new AuthInstallation();
let auth: TestService;
let count = 0;

beforeAll(async () => {
  const { uri } = testDatabases();
  // So that a test can see which commands a request sends to the database.
  auth = await installation.start({ MONGODB_URI: `${uri}${uri.includes('?') ? '&' : '?'}monitorCommands=true` });
  await deliverOnDemand(auth);
  // It would look for errands while a test counts commands.
  await auth.app.get(PeriodicJobs, { strict: false }).stop('errands');
});
afterAll(() => installation.remove());

const someone = (change: object = {}) => ({
  email: `ida${++count}@example.com`,
  password: 'a walk along the harbour',
  first_name: 'Ida',
  last_name: 'Lund',
  ...change,
});
const signUp = (wanted: object) => auth.http.post('/auth/signup', wanted);
const verify = (token: unknown) => auth.http.post('/auth/verify-email', { token });
const logIn = (email: string, password: string) => auth.http.post('/auth/login', { email, password, client: 'native' });
/** Errands that wait: there is no accounting here. */
const startingBalancesOf = (userId: string) =>
  auth.app
    .get<Connection>(getConnectionToken())
    .collection('errands')
    .countDocuments({ kind: 'starting_balance', 'body.user_id': userId });
const find = (email: string) => auth.app.get(UsersService, { strict: false }).findByName({ email });

describe('POST /auth/signup', () => {
  it('[auth H15, I5] makes an account that signs in once its address is verified', async () => {
    const ida = someone();
    const asked = await signUp(ida);
    expect([asked.status, asked.body]).toEqual([202, { message: expect.stringContaining('a mail is on its way') }]);
    const [mail, ...others] = await mailsTo(auth, ida.email);
    expect([mail!.subject, others]).toEqual(['Confirm your e-mail address', []]);
    const early = await logIn(ida.email, ida.password);
    expect([early.status, early.body.code]).toEqual([403, 'email_not_verified']);
    expect((await verify(tokenIn(mail!))).body).toEqual({ email_verified: true });
    expect(await logIn(ida.email, ida.password)).toMatchObject({ status: 200, body: { user: { first_name: 'Ida' } } });
  });

  it('tells accounting of a new user once their address is verified, and once only', async () => {
    const ida = someone();
    await signUp(ida);
    const [mail] = await mailsTo(auth, ida.email);
    const { _id: user_id } = (await find(ida.email))!;
    expect(await startingBalancesOf(user_id)).toBe(0);
    await verify(tokenIn(mail!));
    await verify(tokenIn(mail!));
    expect(await startingBalancesOf(user_id)).toBe(1);
  });

  it('[attack 38] answers a known address as it answers an unknown one; only its owner learns that there is an account', async () => {
    const { email } = await addUser(auth, 'known-at-signup');
    const hashes = jest.spyOn(PasswordHashes, 'hash');
    const work = async (wanted: object) => {
      hashes.mockClear();
      const commands = await commandsOf(() => signUp(wanted));
      return { ...commands, hashes: hashes.mock.calls.length };
    };
    const unknown = await work(someone());
    const known = await work(someone({ email }));
    hashes.mockRestore();
    expect(known).toEqual(unknown);
    expect(known).toMatchObject({ answer: [202, expect.anything()], hashes: 1 });
    expect(known.commands.length).toBeGreaterThan(0);
    expect((await mailsTo(auth, email)).map(({ subject }) => subject)).toEqual(['You already have an account']);
    expect((await logIn(email, somePassword)).status).toBe(200);
  });

  it('[attack 38] leaves nobody else’s password waiting behind the link of whoever owns the address', async () => {
    const mine = someone();
    await signUp({ ...mine, password: 'the password of a stranger', first_name: 'Mallory' });
    await mailsTo(auth, mine.email);
    await signUp(mine);
    const [newest] = await mailsTo(auth, mine.email);
    expect((await verify(tokenIn(newest!))).status).toBe(200);
    expect(await logIn(mine.email, mine.password)).toMatchObject({
      status: 200,
      body: { user: { first_name: 'Ida' } },
    });
    expect((await logIn(mine.email, 'the password of a stranger')).status).toBe(401);
  });

  it('makes one account of twenty signups at once', async () => {
    const ida = someone();
    const answers = await Promise.all(Array.from({ length: 20 }, () => signUp(ida)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect((await mailsTo(auth, ida.email)).length).toBeLessThanOrEqual(3);
    expect(await find(ida.email)).toMatchObject({ email_verified: false, platform_role: 'user' });
  });

  it.each([
    { role: 'platform_admin' },
    { platform_role: 'platform_admin' },
    { role_id: 'x' },
    { org_id: 'org_1' },
    { is_active: true },
    { email_verified: true },
    { password_hash: 'x' },
    { id: 'usr_1' },
    { created_at: '2020-01-01' },
    { is_platform_admin: true },
    { status: 'active' },
  ])('[attack 52] refuses %j and makes nothing', async (surplus) => {
    const ida = someone(surplus);
    const { status, body } = await signUp(ida);
    expect([status, body.code]).toEqual([400, 'unknown_field']);
    await mailsTo(auth, ida.email);
    expect(await find(ida.email)).toBeNull();
  });

  it.each([
    { email: { $gt: '' } },
    { email: ['a@example.com'] },
    { email: 'a@example.com,b@example.com' },
    { email: 'a@x.com\r\nBcc: b@y.com' },
    { email: '"victim@x.com x"@evil.com' },
    { email: 'a(b)@x.com' },
    { email: 'a@@x.com' },
    { email: 'a@b@x.com' },
    { email: '\u202Ea@example.com' },
    { email: 'a\u200B@example.com' },
    { email: `${'a'.repeat(290)}@x.com` },
    { email: 'a@localhost\u0000.com' },
    { password: { $ne: null } },
    { first_name: '' },
    { first_name: 'a\r\nBcc: b@y.com' },
    { last_name: '\u202Elave' },
  ])('[attack 34, 47] refuses %j', async (change) => {
    const { status, body } = await signUp(someone(change));
    expect([status, body.code]).toEqual([400, 'validation_failed']);
  });

  it.each([
    ['Victim@X.example.com', 'victim@x.example.com'],
    ['kelvin@x.example.com', '\u212Aelvin@x.example.com'],
    ['wide@x.example.com', 'wide\uFF20x.example.com'],
    ['dot@x.example.com', 'dot@x\u3002example\u3002com'],
    ['bücher@x.example.com'.replace('bücher', 'b'), 'b@X.EXAMPLE.com '],
    ['puny@bücher.example', 'puny@xn--bcher-kva.example'],
  ])('[attack 47, 48] takes %s and %s for one account', async (first, second) => {
    await signUp(someone({ email: first }));
    await mailsTo(auth, 'nobody@example.com');
    await signUp(someone({ email: second }));
    await mailsTo(auth, 'nobody@example.com');
    const users = auth.app.get<Connection>(getConnectionToken(), { strict: false }).collection('users');
    const [local] = first.toLowerCase().split('@');
    expect(await users.countDocuments({ email: { $regex: `^${local}@` } })).toBe(1);
  });

  it('[attack 47] keeps an address that only looks like another one apart', async () => {
    await signUp(someone({ email: 'me@раураl.example' }));
    await signUp(someone({ email: 'me@paypal.example' }));
    await mailsTo(auth, 'nobody@example.com');
    const [one, other] = await Promise.all([find('me@xn--l-7sba6dbr.example'), find('me@paypal.example')]);
    expect([one?._id, other?._id].filter(Boolean)).toHaveLength(2);
  });

  it('writes to the address as it was typed', async () => {
    const ida = someone({ email: 'Ida.Case@Example.com' });
    await signUp(ida);
    await mailsTo(auth, 'ida.case@example.com');
    expect(await find('ida.case@example.com')).toMatchObject({ mail_address: 'Ida.Case@example.com' });
    expect(await mailsTo(auth, 'ida.case@example.com')).toHaveLength(1);
  });

  it.each([
    ['elevenchars', 'password_too_short'],
    ['password123', 'password_too_short'],
    ['password1234', 'password_common'],
    ['aaaaaaaaaaaaaa', 'password_common'],
    ['1234567890123', 'password_common'],
    ['ida77@example.com', 'password_contextual'],
    ['lund-ida77-2026', 'password_contextual'],
    ['x'.repeat(63) + 'yz'.repeat(33), 'password_too_long'],
    ['ö'.repeat(100) + '😀'.repeat(28) + 'ü', 'password_too_long'],
  ])('[attack 49] refuses the password %s with %s', async (password, code) => {
    const { status, body } = await signUp(someone({ email: 'ida77@example.com', password }));
    expect([status, body.code]).toEqual([400, code]);
  });

  it('[attack 49] refuses a megabyte with 413', async () => {
    expect((await signUp(someone({ password: 'x'.repeat(1_000_000) }))).status).toBe(413);
  });

  it.each([
    ' spaces at both ends ',
    'a NUL \u0000 inside it',
    'emoji 😀😀😀😀😀😀',
    'e\u0301 decomposed accent',
    'ALL-CAPS no digits',
  ])('[attack 49] takes %j exactly as it is', async (password) => {
    const ida = someone({ password });
    await signUp(ida);
    await verify(await mailedToken(auth, ida.email));
    expect((await logIn(ida.email, password)).status).toBe(200);
    expect((await logIn(ida.email, `${password.trim()}.`)).status).toBe(401);
    if (password !== password.normalize('NFC')) {
      expect((await logIn(ida.email, password.normalize('NFC'))).status).toBe(401);
    }
  });

  it('[attack 49] tells two passwords apart that agree in their first 72 bytes', async () => {
    const first72 = 'harbour '.repeat(9);
    const ida = someone({ password: `${first72}one` });
    await signUp(ida);
    await verify(await mailedToken(auth, ida.email));
    expect((await logIn(ida.email, `${first72}two`)).status).toBe(401);
    expect((await logIn(ida.email, `${first72}one`)).status).toBe(200);
  });

  it('writes in the language of the browser, or in the one that was asked for', async () => {
    const [german, chosen] = [someone(), someone({ language: 'en' })];
    const headers = { 'accept-language': 'fr, de-AT;q=0.8, en;q=0.5' };
    await auth.http.post('/auth/signup', german, { headers });
    await auth.http.post('/auth/signup', chosen, { headers });
    expect((await mailsTo(auth, german.email))[0]!.subject).toContain('Bestätigen');
    expect((await mailsTo(auth, chosen.email))[0]!.subject).toContain('Confirm');
  });

  it.each([
    ['closed', 'signup_closed'],
    ['invited', 'signup_by_invitation'],
  ])('is refused while SIGNUP is %s', async (SIGNUP, code) => {
    const closed = await installation.start({ SIGNUP });
    const { status, body } = await closed.http.post('/auth/signup', someone());
    expect([status, body.code]).toEqual([403, code]);
    await installation.stop(closed);
  });

  it('is limited for a network', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 101; n++) {
      const { status } = await auth.http.post('/auth/signup', someone());
      statuses.push(status);
      if (status === 429) break;
    }
    expect(statuses.at(-1)).toBe(429);
  });
});

/** Which commands a request sends to the database, and its answer. */
async function commandsOf(request: () => Promise<{ status: number; body: unknown }>) {
  const client = auth.app.get<Connection>(getConnectionToken(), { strict: false }).getClient();
  const seen: string[] = [];
  // The jobs of the service go on, whoever asks for what: they read the feed and the keys, and take what is due to be sent.
  const ofJobs = ({ commandName, command }: CommandStartedEvent) =>
    ['security_events', 'signing_keys'].includes(command[commandName]) ||
    ['mail_outbox', 'errands'].includes(command.findAndModify);
  const note = (event: CommandStartedEvent) => (ofJobs(event) ? undefined : void seen.push(event.commandName));
  client.on('commandStarted', note);
  const { status, body } = await request();
  client.off('commandStarted', note);
  return { answer: [status, body], commands: seen };
}
