import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getConnectionToken, getModelToken } from '@nestjs/mongoose';
import type { TestService } from '@parley/testing';
import type { Connection, Model } from 'mongoose';
import { LOGIN_SESSIONS, type LoginSession } from '../src/login-sessions/login-session.schema.js';
import { AuthInstallation, logIn, serviceToken } from './running-auth.js';
import { standingDate } from './standing-date.js';

const right = 'parley-user1-demo';
const many = (count: number, status: number) => Array<number>(count).fill(status);

describe('POST /auth/login, to who guesses', () => {
  const installation = new AuthInstallation();
  let auth: TestService;
  let other: TestService;
  const databaseOf = (service: TestService): Connection => service.app.get(getConnectionToken(), { strict: false });

  beforeAll(async () => {
    auth = await installation.start({ TRUSTED_PROXIES: '127.0.0.1' });
    other = await installation.start();
  });
  afterAll(() => installation.remove());
  beforeEach(() => standingDate.stop());
  afterEach(async () => {
    standingDate.goOn();
    await databaseOf(auth).collection('sign_in_counters').deleteMany({});
  });

  interface Guess {
    from?: string;
    path?: string;
    headers?: Record<string, string>;
    service?: TestService;
  }
  /** Behind a trusted proxy, so that the address is what a test says. */
  const guess = (body: object, { from = '198.51.100.1', path = '/auth/login', headers, service = auth }: Guess = {}) =>
    service.http.post(path, { password: 'wrong', ...body }, { headers: { 'x-forwarded-for': from, ...headers } });
  const statuses = async (times: number, one: (n: number) => ReturnType<typeof guess>) => {
    const seen: number[] = [];
    for (let n = 0; n < times; n++) seen.push((await one(n)).status);
    return seen;
  };
  /** From a hundred addresses, as a botnet comes: nine at once, which are within what anybody may, and the others in turn. */
  const botnet = async (times: number, name: object) => {
    const from = (n: number) => guess(name, { from: `203.0.113.${n}` });
    const first = await Promise.all(Array.from({ length: 9 }, (_, n) => from(n)));
    return [...first.map(({ status }) => status), ...(await statuses(times - 9, (n) => from(9 + n)))];
  };

  describe('at one account', () => {
    it.each([
      [{ username: 'user1' }, 100],
      [{ username: 'nobody' }, 30],
      [{ email: 'nobody@example.com' }, 30],
    ])('[attack 40] [attack 41] answers 429 from the eleventh wrong password for %j, of %d', async (name, times) => {
      expect(await botnet(times, name)).toEqual([...many(10, 401), ...many(times - 10, 429)]);
    });

    it('[attack 40] [auth G6, G8] says how long to wait, in the form of all refusals, and takes the right password then', async () => {
      await botnet(10, { username: 'user1' });
      const { status, headers, body } = await guess({ username: 'user1' });
      expect([status, headers.get('retry-after')]).toEqual([429, '1']);
      expect(headers.get('content-type')).toContain('application/problem+json');
      expect(body).toMatchObject({ code: 'too_many_attempts', detail: 'Rate limit exceeded' });
      standingDate.advance(1_000);
      expect((await guess({ username: 'user1', password: right })).status).toBe(200);
      expect(await botnet(11, { username: 'user1' })).toEqual([...many(10, 401), 429]);
    });

    it('[attack 42] answers the right password exactly like a wrong one', async () => {
      const sessions: Model<LoginSession> = auth.app.get(getModelToken(LOGIN_SESSIONS), { strict: false });
      await botnet(10, { username: 'user1' });
      const before = await sessions.countDocuments({});
      const faces = await Promise.all(
        [right, 'wrong'].map(async (password) => {
          const { status, headers, body } = await guess({ username: 'user1', password });
          const { date: _, 'x-request-id': _id, ...same } = Object.fromEntries(headers);
          return { status, headers: same, body: { ...body, request_id: '' } };
        }),
      );
      expect(faces[0]).toEqual(faces[1]);
      expect(faces[0]!.status).toBe(429);
      expect(await sessions.countDocuments({})).toBe(before);
    });

    it('[attack 40] counts for all instances together, and over a restart', async () => {
      const inTurns = await statuses(10, (n) => guess({ username: 'user1' }, { service: n % 2 ? auth : other }));
      expect(inTurns).toEqual(many(10, 401));
      await installation.stop(other);
      other = await installation.start();
      expect((await guess({ username: 'user1' }, { service: other })).status).toBe(429);
      expect((await guess({ username: 'user1' })).status).toBe(429);
    });

    it('[attack 40] looks at ten of a hundred that come at once to two instances', async () => {
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          guess({ username: 'user1' }, { from: `203.0.113.${n}`, service: n % 2 ? auth : other }),
        ),
      );
      const seen = answers.map(({ status }) => status);
      expect(seen.filter((status) => status === 401).length).toBeLessThanOrEqual(10);
      expect(seen.every((status) => [401, 429, 503].includes(status))).toBe(true);
    });

    it('[attack 43] counts nothing else: signed in, a user goes on, and nothing that they do changes the count', async () => {
      const token = await logIn(other, 'user1');
      await botnet(10, { username: 'user1' });
      const service = await serviceToken(auth, 'chat', 'auth');
      const { id } = (await auth.http.get('/auth/me', { token })).body;
      for (let n = 0; n < 20; n++) expect((await auth.http.get('/auth/me', { token })).status).toBe(200);
      const grants = await auth.http.get(`/internal/authz/grants?user_id=${id}`, { token: service });
      expect(grants.body.status).toBe('active');
      expect((await guess({ username: 'user1' })).headers.get('retry-after')).toBe('1');
    });
  });

  describe('from one address', () => {
    const wrongFrom = (times: number, from: (n: number) => string) =>
      statuses(times, (n) => guess({ username: `user-${Math.floor(n / 3)}` }, { from: from(n) }));

    it('[attack 44] stops one password for many accounts after twenty, and lets other addresses sign in', async () => {
      const sprayed = await statuses(60, (n) => guess({ username: `somebody-${n}` }));
      expect(sprayed).toEqual([...many(20, 401), ...many(40, 429)]);
      expect((await guess({ username: 'user1', password: right })).status).toBe(429);
      expect((await guess({ username: 'user1', password: right }, { from: '198.51.100.2' })).status).toBe(200);
    });

    it.each<[string, (n: number) => string]>([
      ['what the caller claims in front of his own address', (n) => `1.2.3.${n}, 198.51.100.1`],
      ['its port', (n) => `198.51.100.1:${1_000 + n}`],
      ['its form', (n) => (n % 2 ? '::ffff:198.51.100.1' : '198.51.100.1')],
      ['the half that is its owner’s', (n) => `2001:db8:1:2::${n}`],
    ])('[attack 45] counts as one what differs in %s', async (_what, from) => {
      expect(await wrongFrom(31, from)).toEqual([...many(30, 401), 429]);
      expect((await guess({ username: 'user1', password: right }, { from: '198.51.100.2' })).status).toBe(200);
    });

    it('[attack 45] believes no header of a caller who is no trusted proxy', async () => {
      const headers = (n: number) => ({
        'x-real-ip': `1.2.3.${n}`,
        forwarded: `for=1.2.3.${n}`,
        'x-client-ip': `1.2.3.${n}`,
      });
      const seen = await statuses(31, (n) =>
        guess({ username: `user-${Math.floor(n / 3)}` }, { from: `1.2.3.${n}`, headers: headers(n), service: other }),
      );
      expect(seen).toEqual([...many(30, 401), 429]);
      expect((await guess({ username: 'user1', password: right })).status).toBe(200);
    });

    it('[attack 44] counts no sign-in with the right password', async () => {
      expect(await statuses(31, () => guess({ username: 'user1', password: right }))).toEqual(many(31, 200));
    });
  });

  describe('by another way', () => {
    it.each(['/auth/login/', '/api/auth/login', '/api/auth/login/', '/auth/login?x=1', '/auth/login?username=user2'])(
      '[attack 46] counts %s as the same route',
      async (path) => {
        expect(await statuses(10, () => guess({ username: 'user1' }, { path }))).toEqual(many(10, 401));
        expect((await guess({ username: 'user1' })).status).toBe(429);
        expect((await guess({ username: 'user1' }, { path })).status).toBe(429);
      },
    );

    it.each(['/AUTH/LOGIN', '//auth/login', '/auth//login', '/api/api/auth/login', '/auth/login/x'])(
      '[attack 46] signs nobody in at %s',
      async (path) => expect((await guess({ username: 'user1', password: right }, { path })).status).toBe(404),
    );

    it('[attack 46] takes no other method by a header', async () => {
      const headers = { 'x-http-method-override': 'POST', 'x-forwarded-for': '198.51.100.1' };
      expect((await auth.http.put('/auth/login', { username: 'user1', password: right }, { headers })).status).toBe(
        404,
      );
      expect((await auth.http.get('/auth/login?username=user1&password=x', { headers })).status).toBe(404);
    });

    it.each([
      ['username', 'USER1'],
      ['username', '  user1  '],
      ['username', 'ｕｓｅｒ１'],
      ['email', 'User1@EXAMPLE.com'],
      ['email', ' user1@example.com '],
      ['email', 'user1＠example.com'],
    ])('[attack 46] counts the %s %j as the same account', async (kind, name) => {
      const plain = kind === 'email' ? { email: 'user1@example.com' } : { username: 'user1' };
      expect(await botnet(10, { [kind]: name })).toEqual(many(10, 401));
      expect((await guess(plain)).status).toBe(429);
      expect((await guess({ [kind]: name })).status).toBe(429);
    });

    it.each([{ email: 'user1@example.com.' }, { email: 'user1@example.com..' }, { username: 'user1\u0000' }])(
      '[attack 46] knows no account %j',
      async (name) => expect((await guess({ ...name, password: right })).status).toBe(400),
    );

    it('[attack 46] takes a username with a dot behind it for another one', async () => {
      await botnet(10, { username: 'user1' });
      expect((await guess({ username: 'user1.', password: right })).status).toBe(401);
    });
  });

  it('keeps no password, no name and no address in its counts, and none in the log', async () => {
    await guess({ email: 'user1@example.com', password: 'a password that was typed' });
    const counts = JSON.stringify(await databaseOf(auth).collection('sign_in_counters').find({}).toArray());
    expect(counts).toContain('account_failures:');
    for (const secret of ['user1', 'example.com', '198.51.100', 'a password that was typed']) {
      expect(counts).not.toContain(secret);
    }
    expect(installation.logs.text()).not.toContain('a password that was typed');
  });

  it('removes what is forgotten', async () => {
    const indexes = await databaseOf(auth).collection('sign_in_counters').indexes();
    expect(indexes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ key: { expire: -1 }, expireAfterSeconds: 0 }),
        expect.objectContaining({ key: { key: 1 }, unique: true }),
      ]),
    );
  });
});
