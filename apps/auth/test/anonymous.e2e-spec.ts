import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { PeriodicJobs } from '@parley/platform';
import type { HttpAnswer, TestService } from '@parley/testing';
import jwt from 'jsonwebtoken';
import type { Connection } from 'mongoose';
import { ErrandRunner } from '../src/errands/errand-runner.js';
import { IdleVisitorsJob } from '../src/visitors/idle-visitors.job.js';
import { ErrandReceiver } from './errand-receiver.js';
import { AuthInstallation, logIn, serviceToken } from './running-auth.js';

const installation = new AuthInstallation();
const dayMs = 86_400_000;
let auth: TestService;
let receiver: ErrandReceiver;
let network = 0;

beforeAll(async () => {
  receiver = await ErrandReceiver.start();
  auth = await installation.start({
    CHAT_URL: receiver.url,
    ACCOUNTING_URL: receiver.url,
    ANONYMOUS_ALLOWANCE_UCR: '100',
    ANONYMOUS_ALLOWANCE_DAILY_UCR: '700',
    TRUSTED_PROXIES: '127.0.0.1',
  });
  // The tests make the rounds themselves.
  for (const job of ['errands', 'idle visitors']) await auth.app.get(PeriodicJobs, { strict: false }).stop(job);
});
beforeEach(() => {
  receiver.status = 200;
  network++;
});
afterAll(async () => {
  await installation.remove();
  await receiver.stop();
});

const from = () => ({ 'x-forwarded-for': `198.51.${network >> 8}.${network & 255}` });
const enter = (cookie?: string, query = '', service = auth): Promise<HttpAnswer> =>
  service.http.post(`/auth/anonymous${query}`, undefined, { headers: { ...from(), ...(cookie ? { cookie } : {}) } });
const cookieOf = ({ headers }: HttpAnswer): string => headers.get('set-cookie')!.split(';', 1)[0]!;
const cookiesOf = ({ headers }: HttpAnswer): string[] => headers.getSetCookie();
const signIn = (cookie: string, username = 'user1', service = auth) =>
  service.http.post(
    '/auth/login',
    { username, password: `parley-${username}-demo` },
    { headers: { ...from(), cookie } },
  );
const grantsOf = async (id: string) =>
  auth.http.get(`/internal/authz/grants?user_id=${id}`, { token: await serviceToken(auth, 'chat', 'auth') });
const database = () => auth.app.get<Connection>(getConnectionToken());
const merges = (visitorId: string) => receiver.about(visitorId).filter(({ path }) => path === '/internal/merges');

describe('POST /auth/anonymous', () => {
  it('gives a visitor a token with few rights, and a cookie that no script can read', async () => {
    const answer = await enter();
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 900,
      visitor_id: expect.stringMatching(/^vis_[0-9a-f]{32}$/),
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-anon=an1\.vis_[0-9a-f]{32}\.[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax$/,
    );
    const { sub, rid, exp, iat } = jwt.decode(answer.body.access_token as string) as jwt.JwtPayload;
    expect([sub, rid, exp! - iat!]).toEqual([answer.body.visitor_id, 'anonymous', 900]);
  });

  it('knows who comes back, for thirty days from then on', async () => {
    const first = await enter();
    installation.clock.advance(20 * dayMs);
    const again = await enter(cookieOf(first));
    installation.clock.advance(20 * dayMs);
    const later = await enter(cookieOf(again));
    expect([again, later].map(({ body }) => body.visitor_id)).toEqual(Array(2).fill(first.body.visitor_id));
    expect(again.headers.get('set-cookie')).toContain('Max-Age=2592000');
  });

  it('[attack 101] [auth K8] takes whoever sends a forged cookie, or several, for somebody new', async () => {
    const mine = await enter();
    const other = await enter();
    const [name, value] = cookieOf(mine).split('=');
    const stolenId = cookieOf(mine).replace(/vis_[0-9a-f]+/, other.body.visitor_id as string);
    const changed = `${name}=${value!.slice(0, -1)}${value!.endsWith('A') ? 'B' : 'A'}`;
    const cookies = [stolenId, changed, `${name}=${other.body.visitor_id}`, `${name}=`];
    const twice = `${cookieOf(mine)}; ${cookieOf(other)}`;
    const known = [mine, other].map(({ body }) => body.visitor_id as string);
    for (const cookie of [...cookies, twice]) {
      const { status, body } = await enter(cookie);
      expect([status, known.includes(body.visitor_id as string)]).toEqual([201, false]);
    }
    expect((await enter(cookieOf(mine))).body.visitor_id).toBe(known[0]);
  });

  it('[attack 101] [auth K8] refuses an id in the query', async () => {
    const mine = await enter();
    for (const query of [`?anonSessionId=${mine.body.visitor_id}`, '?anonSessionId=', '?visitor_id=x']) {
      const { status, body, headers } = await enter(undefined, query);
      expect([status, body.code, headers.get('set-cookie')]).toEqual([400, 'unknown_field', null]);
      expect(body.request_id).toEqual(expect.any(String));
    }
    expect((await enter(cookieOf(mine))).body.visitor_id).toBe(mine.body.visitor_id);
  });

  it('gives one network so many new visitors an hour, and others still come in', async () => {
    const first = await enter();
    let answer = first;
    for (let n = 0; n < 30 && answer.status === 201; n++) answer = await enter();
    expect([answer.status, answer.body.code]).toEqual([429, 'too_many_visitors']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await enter(cookieOf(first))).body.visitor_id).toBe(first.body.visitor_id);
    network++;
    expect((await enter()).status).toBe(201);
  });

  it('is closed where visitors are switched off, and so is what was given to visitors before', async () => {
    const before = await enter();
    const off = await installation.start({ ANONYMOUS: 'off' });
    const { status, body, headers } = await enter(undefined, '', off);
    expect([status, body.code, headers.get('set-cookie')]).toEqual([403, 'anonymous_off', null]);
    const me = await off.http.get('/auth/me', { token: before.body.access_token as string });
    expect([me.status, me.body.code]).toEqual([401, 'account_disabled']);
    await installation.stop(off);
  });
});

describe('an allowance', () => {
  const given = (id: string) => receiver.about(id).filter(({ path }) => path === '/internal/allowances');

  beforeEach(() => installation.clock.advance(dayMs));

  it('is asked for once, with a token for nothing else', async () => {
    const first = await enter();
    await enter(cookieOf(first));
    const [told, ...others] = given(first.body.visitor_id as string);
    expect(others).toEqual([]);
    expect(told!.body).toEqual({ visitor_id: first.body.visitor_id, amount_ucr: 100 });
    expect(told!.claims).toMatchObject({ sub: 'svc:auth', aud: 'accounting', scope: 'allowances:grant' });
  });

  it('is bounded for one network, and for the day', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push((await enter()).body.visitor_id as string);
    expect(ids.flatMap(given)).toHaveLength(5);
    for (let n = 0; n < 4; n++) {
      network++;
      ids.push((await enter()).body.visitor_id as string);
    }
    expect(ids.flatMap(given)).toHaveLength(7);
    installation.clock.advance(dayMs);
    expect(given((await enter()).body.visitor_id as string)).toHaveLength(1);
  });

  it('comes later when accounting is down, and the visitor comes in all the same', async () => {
    receiver.status = 503;
    const { status, body } = await enter();
    expect([status, given(body.visitor_id as string)]).toEqual([201, []]);
    receiver.status = 200;
    installation.clock.advance(1_000);
    await auth.app.get(ErrandRunner, { strict: false }).sendDue();
    expect(given(body.visitor_id as string)).toHaveLength(1);
  });
});

describe('what a visitor may do', () => {
  it('is to talk, and to see who they are', async () => {
    const { body } = await enter();
    const me = await auth.http.get('/auth/me', { token: body.access_token as string });
    expect([me.status, me.body]).toEqual([
      200,
      {
        ...{ id: body.visitor_id, email: null, username: null, first_name: null, last_name: null },
        ...{ email_verified: false, status: 'active', org_id: null, role: 'anonymous' },
        permissions: ['chat:read', 'chat:write', 'chat:stream', 'models:read'],
      },
    ]);
    expect((await grantsOf(body.visitor_id as string)).body).toMatchObject({ role: 'anonymous', status: 'active' });
  });

  it('is nothing that belongs to users, who do not see visitors among them either', async () => {
    const { body } = await enter();
    const token = body.access_token as string;
    const document = (await auth.http.get('/openapi.json')).body as { paths: Record<string, Record<string, Route>> };
    const closed = routesFor(document.paths);
    expect(closed.length).toBeGreaterThan(3);
    for (const [method, path] of closed) {
      const response = await auth.http.open(method.toUpperCase(), path.replace(/\{\w+\}/g, 'usr_1'), undefined, {
        token,
      });
      const { code } = (await response.json()) as { code: string };
      expect([method, path, response.status, ['account_required', 'permission_denied'].includes(code)]).toEqual([
        ...[method, path, 403, true],
      ]);
    }
    const users = await auth.http.get('/users?limit=100', { token: await logIn(auth, 'admin') });
    expect(JSON.stringify(users.body)).not.toContain('vis_');
  });
});

interface Route {
  security?: Array<Record<string, unknown>>;
}

/** Routes for access tokens, but for the one that is for visitors too. */
const routesFor = (paths: Record<string, Record<string, Route>>): Array<[string, string]> =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(
        ([method, { security = [] }]) =>
          security.some((one) => 'access_token' in one) && !(path === '/auth/me' && method === 'get'),
      )
      .map(([method]): [string, string] => [method, path]),
  );

describe('a visitor who signs in', () => {
  it('[attack 28] [attack 101] is merged with the user once, and is nobody from then on', async () => {
    const visitor = await enter();
    const id = visitor.body.visitor_id as string;
    const login = await signIn(cookieOf(visitor));
    expect(login.status).toBe(200);
    expect(cookiesOf(login)).toContainEqual(expect.stringMatching(/^__Host-anon=; Path=\/; Max-Age=0;/));
    const userId = login.body.user.id as string;
    expect(merges(id).map(({ body, claims }) => [body, claims.scope])).toEqual([
      [{ visitor_id: id, user_id: userId }, 'users:merge'],
    ]);
    const me = await auth.http.get('/auth/me', { token: visitor.body.access_token as string });
    expect([me.status, me.body.code]).toEqual([401, 'account_disabled']);
    expect(me.headers.get('www-authenticate')).toContain('Bearer');
    expect((await enter(cookieOf(visitor))).body.visitor_id).not.toBe(id);
    expect((await grantsOf(id)).body).toMatchObject({ status: 'deactivated', permissions: [], successor_id: userId });
    const events = database().collection('security_events');
    expect(await events.countDocuments({ change: { type: 'account-disabled', sub: id } })).toBe(1);
    const audit = database().collection('audit_entries');
    expect(await audit.findOne({ type: 'visitor.merged', 'facts.visitor_id': id })).toMatchObject({ actor: userId });
  });

  it('[attack 101] is not merged again: not by the same user, not by another one', async () => {
    const visitor = await enter();
    const id = visitor.body.visitor_id as string;
    for (const username of ['user1', 'user1', 'user2'])
      expect((await signIn(cookieOf(visitor), username)).status).toBe(200);
    expect(merges(id)).toHaveLength(1);
  });

  it('is merged with one of two who sign in at the same moment', async () => {
    const visitor = await enter();
    const logins = await Promise.all(['user1', 'user2'].map((username) => signIn(cookieOf(visitor), username)));
    expect(logins.map(({ status }) => status)).toEqual([200, 200]);
    await auth.app.get(ErrandRunner, { strict: false }).sendDue();
    expect(merges(visitor.body.visitor_id as string)).toHaveLength(1);
  });

  it('is still a visitor after a wrong password, and a forged cookie merges nobody', async () => {
    const visitor = await enter();
    const wrong = { username: 'user2', password: 'not-the-password' };
    const headers = { ...from(), cookie: cookieOf(visitor) };
    expect((await auth.http.post('/auth/login', wrong, { headers })).status).toBe(401);
    const forged = cookieOf(visitor).slice(0, -2);
    expect((await signIn(forged)).status).toBe(200);
    expect((await enter(cookieOf(visitor))).body.visitor_id).toBe(visitor.body.visitor_id);
    expect(merges(visitor.body.visitor_id as string)).toEqual([]);
  });

  it('is signed in while chat is down, which hears of it once it is back, after a restart too', async () => {
    receiver.status = 503;
    const visitor = await enter();
    const id = visitor.body.visitor_id as string;
    expect((await signIn(cookieOf(visitor))).status).toBe(200);
    receiver.status = 200;
    const other = await installation.start({ CHAT_URL: receiver.url, ACCOUNTING_URL: receiver.url });
    await other.app.get(PeriodicJobs, { strict: false }).stop('errands');
    expect(merges(id)).toEqual([]);
    installation.clock.advance(2_000);
    const [one, two] = [auth, other].map(({ app }) => app.get(ErrandRunner, { strict: false }));
    await Promise.all([one!.sendDue(), two!.sendDue()]);
    expect(merges(id)).toHaveLength(1);
    await installation.stop(other);
  });
});

describe('an errand', () => {
  it('is tried again without end, ever less often, and a metric and the log say so', async () => {
    receiver.status = 500;
    const visitor = await enter();
    await signIn(cookieOf(visitor));
    const runner = auth.app.get(ErrandRunner, { strict: false });
    const errands = database().collection('errands');
    const mine = { kind: 'chat_merge', 'body.visitor_id': visitor.body.visitor_id };
    for (let tries = 0; tries < 12; tries++) {
      installation.clock.advance(300_000);
      await runner.sendDue();
    }
    expect(await errands.findOne(mine)).toMatchObject({ attempts: 13 });
    expect(installation.logs.text()).toContain('another service was not told yet');
    const metrics = (await auth.http.get('/metrics')).body as string;
    expect(metrics).toMatch(/auth_errands_attempted_total\{kind="chat_merge",result="failed"\} [1-9]/);
    expect(Number(/auth_errands_oldest_seconds (\d+)/.exec(metrics)![1])).toBeGreaterThanOrEqual(3_600);
    receiver.status = 200;
    installation.clock.advance(300_000);
    await runner.sendDue();
    expect(await errands.countDocuments({})).toBe(0);
  });
});

describe('a visitor who does not come back', () => {
  it('is forgotten after thirty days, with the conversations; one who has signed in leaves them to the user', async () => {
    const idle = await enter();
    const merged = await enter();
    await signIn(cookieOf(merged));
    installation.clock.advance(15 * dayMs);
    const busy = await enter();
    installation.clock.advance(15 * dayMs);
    await auth.app.get(IdleVisitorsJob, { strict: false }).forgetIdle();
    while ((await auth.app.get(ErrandRunner, { strict: false }).sendDue()) > 0);
    const audiences = (of: HttpAnswer) =>
      receiver
        .about(of.body.visitor_id as string)
        .filter(({ path }) => path === '/internal/erasures')
        .map(({ claims }) => claims.aud as string)
        .sort();
    expect([idle, merged, busy].map(audiences)).toEqual([['accounting', 'chat'], ['accounting'], []]);
    expect((await grantsOf(idle.body.visitor_id as string)).status).toBe(404);
    expect((await enter(cookieOf(idle))).body.visitor_id).not.toBe(idle.body.visitor_id);
    expect((await enter(cookieOf(busy))).body.visitor_id).toBe(busy.body.visitor_id);
  });
});
