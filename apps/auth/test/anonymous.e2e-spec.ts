import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { logIn } from './running-auth.js';
import { cookieOf, dayMs, VisitorScene } from './visitor-scene.js';

let scene: VisitorScene;

beforeAll(async () => {
  scene = await VisitorScene.start({ ANONYMOUS_ALLOWANCE_UCR: '100', ANONYMOUS_ALLOWANCE_DAILY_UCR: '700' });
});
beforeEach(() => {
  scene.receiver.status = 200;
  scene.moveOn();
});
afterAll(() => scene.stop());

describe('POST /auth/anonymous', () => {
  it('gives a visitor a token with few rights, and a cookie that no script can read', async () => {
    const answer = await scene.enter();
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
    const first = await scene.enter();
    scene.installation.clock.advance(20 * dayMs);
    const again = await scene.enter(cookieOf(first));
    scene.installation.clock.advance(20 * dayMs);
    const later = await scene.enter(cookieOf(again));
    expect([again, later].map(({ body }) => body.visitor_id)).toEqual(Array(2).fill(first.body.visitor_id));
    expect(again.headers.get('set-cookie')).toContain('Max-Age=2592000');
  });

  it('[attack 101] [auth K8] takes whoever sends a forged cookie, or several, for somebody new', async () => {
    const mine = await scene.enter();
    const other = await scene.enter();
    const [name, value] = cookieOf(mine).split('=');
    const stolenId = cookieOf(mine).replace(/vis_[0-9a-f]+/, other.body.visitor_id as string);
    const changed = `${name}=${value!.slice(0, -1)}${value!.endsWith('A') ? 'B' : 'A'}`;
    const cookies = [stolenId, changed, `${name}=${other.body.visitor_id}`, `${name}=`];
    const twice = `${cookieOf(mine)}; ${cookieOf(other)}`;
    const known = [mine, other].map(({ body }) => body.visitor_id as string);
    for (const cookie of [...cookies, twice]) {
      const { status, body } = await scene.enter(cookie);
      expect([status, known.includes(body.visitor_id as string)]).toEqual([201, false]);
    }
    expect((await scene.enter(cookieOf(mine))).body.visitor_id).toBe(known[0]);
  });

  it('[attack 101] [auth K8] refuses an id in the query', async () => {
    const mine = await scene.enter();
    for (const query of [`?anonSessionId=${mine.body.visitor_id}`, '?anonSessionId=', '?visitor_id=x']) {
      const { status, body, headers } = await scene.enter(undefined, query);
      expect([status, body.code, headers.get('set-cookie')]).toEqual([400, 'unknown_field', null]);
      expect(body.request_id).toEqual(expect.any(String));
    }
    expect((await scene.enter(cookieOf(mine))).body.visitor_id).toBe(mine.body.visitor_id);
  });

  it('gives one network so many new visitors an hour, and others still come in', async () => {
    const first = await scene.enter();
    let answer = first;
    for (let n = 0; n < 30 && answer.status === 201; n++) answer = await scene.enter();
    expect([answer.status, answer.body.code]).toEqual([429, 'too_many_visitors']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await scene.enter(cookieOf(first))).body.visitor_id).toBe(first.body.visitor_id);
    scene.moveOn();
    expect((await scene.enter()).status).toBe(201);
  });

  it('is closed where visitors are switched off, and so is what was given to visitors before', async () => {
    const before = await scene.enter();
    const off = await scene.startInstance({ ANONYMOUS: 'off' });
    const { status, body, headers } = await scene.enter(undefined, '', off);
    expect([status, body.code, headers.get('set-cookie')]).toEqual([403, 'anonymous_off', null]);
    const me = await off.http.get('/auth/me', { token: before.body.access_token as string });
    expect([me.status, me.body.code]).toEqual([401, 'account_disabled']);
    await scene.installation.stop(off);
  });
});

describe('an allowance', () => {
  const given = (id: string) => scene.told('allowances', id);

  beforeEach(() => scene.installation.clock.advance(dayMs));

  it('is asked for once, with a token for nothing else', async () => {
    const first = await scene.enter();
    await scene.enter(cookieOf(first));
    const [told, ...others] = given(first.body.visitor_id as string);
    expect(others).toEqual([]);
    expect(told!.body).toEqual({ visitor_id: first.body.visitor_id, amount_ucr: 100 });
    expect(told!.claims).toMatchObject({ sub: 'svc:auth', aud: 'accounting', scope: 'allowances:grant' });
  });

  it('is bounded for one network, and for the day', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push((await scene.enter()).body.visitor_id as string);
    expect(ids.flatMap(given)).toHaveLength(5);
    for (let n = 0; n < 4; n++) {
      scene.moveOn();
      ids.push((await scene.enter()).body.visitor_id as string);
    }
    expect(ids.flatMap(given)).toHaveLength(7);
    scene.installation.clock.advance(dayMs);
    expect(given((await scene.enter()).body.visitor_id as string)).toHaveLength(1);
  });

  it('comes later when accounting is down, and the visitor comes in all the same', async () => {
    scene.receiver.status = 503;
    const { status, body } = await scene.enter();
    expect([status, given(body.visitor_id as string)]).toEqual([201, []]);
    scene.receiver.status = 200;
    scene.installation.clock.advance(1_000);
    await scene.sendErrands();
    expect(given(body.visitor_id as string)).toHaveLength(1);
  });
});

describe('what a visitor may do', () => {
  it('is to talk, and to see who they are', async () => {
    const { body } = await scene.enter();
    const me = await scene.auth.http.get('/auth/me', { token: body.access_token as string });
    expect([me.status, me.body]).toEqual([
      200,
      {
        ...{ id: body.visitor_id, email: null, username: null, first_name: null, last_name: null },
        ...{ email_verified: false, status: 'active', org_id: null, role: 'anonymous' },
        permissions: ['chat:read', 'chat:write', 'chat:stream', 'models:read'],
      },
    ]);
    expect((await scene.grantsOf(body.visitor_id as string)).body).toMatchObject({
      role: 'anonymous',
      status: 'active',
    });
  });

  it('is nothing that belongs to users, who do not see visitors among them either', async () => {
    const { body } = await scene.enter();
    const token = body.access_token as string;
    const document = (await scene.auth.http.get('/openapi.json')).body as {
      paths: Record<string, Record<string, Route>>;
    };
    const refusals = [
      '403 account_required',
      '403 permission_denied',
      '404 organization_not_found',
      '400 org_id_missing',
    ];
    const closed = routesFor(document.paths);
    expect(closed.length).toBeGreaterThan(3);
    for (const [method, path] of closed) {
      const response = await scene.auth.http.open(method.toUpperCase(), path.replace(/\{\w+\}/g, 'usr_1'), undefined, {
        token,
      });
      const { code } = (await response.json()) as { code: string };
      expect([method, path, refusals]).toEqual([method, path, expect.arrayContaining([`${response.status} ${code}`])]);
    }
    const users = await scene.auth.http.get('/users?limit=100', { token: await logIn(scene.auth, 'admin') });
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
