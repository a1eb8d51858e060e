import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { HttpAnswer } from '@parley/testing';
import { IdleVisitorsJob } from '../src/visitors/idle-visitors.job.js';
import { cookieOf, dayMs, VisitorScene } from './visitor-scene.js';

let scene: VisitorScene;

beforeAll(async () => {
  scene = await VisitorScene.start();
});
beforeEach(() => {
  scene.receiver.status = 200;
  scene.moveOn();
});
afterAll(() => scene.stop());

describe('a visitor who signs in', () => {
  it('[attack 28] [attack 101] is merged with the user once, and is nobody from then on', async () => {
    const visitor = await scene.enter();
    const id = visitor.body.visitor_id as string;
    const login = await scene.signIn(cookieOf(visitor));
    expect(login.status).toBe(200);
    expect(login.headers.getSetCookie()).toContainEqual(expect.stringMatching(/^__Host-anon=; Path=\/; Max-Age=0;/));
    const userId = login.body.user.id as string;
    expect(scene.told('merges', id).map(({ body, claims }) => [body, claims.scope])).toEqual([
      [{ visitor_id: id, user_id: userId }, 'users:merge'],
    ]);
    const me = await scene.auth.http.get('/auth/me', { token: visitor.body.access_token as string });
    expect([me.status, me.body.code]).toEqual([401, 'account_disabled']);
    expect(me.headers.get('www-authenticate')).toContain('Bearer');
    expect((await scene.enter(cookieOf(visitor))).body.visitor_id).not.toBe(id);
    expect((await scene.grantsOf(id)).body).toMatchObject({
      status: 'deactivated',
      permissions: [],
      successor_id: userId,
    });
    const events = scene.collection('security_events');
    expect(await events.countDocuments({ change: { type: 'account-disabled', sub: id } })).toBe(1);
    const audit = scene.collection('audit_entries');
    expect(await audit.findOne({ type: 'visitor.merged', 'facts.visitor_id': id })).toMatchObject({ actor: userId });
  });

  it('[attack 101] is not merged again: not by the same user, not by another one', async () => {
    const visitor = await scene.enter();
    const id = visitor.body.visitor_id as string;
    for (const username of ['user1', 'user1', 'user2'])
      expect((await scene.signIn(cookieOf(visitor), username)).status).toBe(200);
    expect(scene.told('merges', id)).toHaveLength(1);
  });

  it('is merged with one of two who sign in at the same moment', async () => {
    const visitor = await scene.enter();
    const logins = await Promise.all(['user1', 'user2'].map((username) => scene.signIn(cookieOf(visitor), username)));
    expect(logins.map(({ status }) => status)).toEqual([200, 200]);
    await scene.sendErrands();
    expect(scene.told('merges', visitor.body.visitor_id as string)).toHaveLength(1);
  });

  it('is still a visitor after a wrong password, and a forged cookie merges nobody', async () => {
    const visitor = await scene.enter();
    const wrong = { username: 'user2', password: 'not-the-password' };
    const headers = { ...scene.from(), cookie: cookieOf(visitor) };
    expect((await scene.auth.http.post('/auth/login', wrong, { headers })).status).toBe(401);
    const forged = cookieOf(visitor).slice(0, -2);
    expect((await scene.signIn(forged)).status).toBe(200);
    expect((await scene.enter(cookieOf(visitor))).body.visitor_id).toBe(visitor.body.visitor_id);
    expect(scene.told('merges', visitor.body.visitor_id as string)).toEqual([]);
  });

  it('is signed in while chat is down, which hears of it once it is back, after a restart too', async () => {
    scene.receiver.status = 503;
    const visitor = await scene.enter();
    const id = visitor.body.visitor_id as string;
    expect((await scene.signIn(cookieOf(visitor))).status).toBe(200);
    scene.receiver.status = 200;
    const other = await scene.startInstance();
    expect(scene.told('merges', id)).toEqual([]);
    scene.installation.clock.advance(2_000);
    await Promise.all([scene.sendErrands(), scene.sendErrands(other)]);
    expect(scene.told('merges', id)).toHaveLength(1);
    await scene.installation.stop(other);
  });
});

describe('an errand', () => {
  it('is tried again without end, ever less often, and a metric and the log say so', async () => {
    scene.receiver.status = 500;
    const visitor = await scene.enter();
    await scene.signIn(cookieOf(visitor));
    const errands = scene.collection('errands');
    const mine = { kind: 'chat_merge', 'body.visitor_id': visitor.body.visitor_id };
    for (let tries = 0; tries < 12; tries++) {
      scene.installation.clock.advance(300_000);
      await scene.sendErrands();
    }
    expect(await errands.findOne(mine)).toMatchObject({ attempts: 13 });
    expect(scene.installation.logs.text()).toContain('another service was not told yet');
    const metrics = (await scene.auth.http.get('/metrics')).body as string;
    expect(metrics).toMatch(/auth_errands_attempted_total\{kind="chat_merge",result="failed"\} [1-9]/);
    expect(Number(/auth_errands_oldest_seconds (\d+)/.exec(metrics)![1])).toBeGreaterThanOrEqual(3_600);
    scene.receiver.status = 200;
    scene.installation.clock.advance(300_000);
    await scene.sendErrands();
    expect(await errands.countDocuments({})).toBe(0);
  });
});

describe('a visitor who does not come back', () => {
  it('is forgotten after thirty days, with the conversations; one who has signed in leaves them to the user', async () => {
    const idle = await scene.enter();
    const merged = await scene.enter();
    await scene.signIn(cookieOf(merged));
    scene.installation.clock.advance(15 * dayMs);
    const busy = await scene.enter();
    scene.installation.clock.advance(15 * dayMs);
    await scene.auth.app.get(IdleVisitorsJob, { strict: false }).forgetIdle();
    while ((await scene.sendErrands()) > 0);
    const audiences = (of: HttpAnswer) =>
      scene
        .told('erasures', of.body.visitor_id as string)
        .map(({ claims }) => claims.aud as string)
        .sort();
    expect([idle, merged, busy].map(audiences)).toEqual([['accounting', 'chat'], ['accounting'], []]);
    expect((await scene.grantsOf(idle.body.visitor_id as string)).status).toBe(404);
    expect((await scene.enter(cookieOf(idle))).body.visitor_id).not.toBe(idle.body.visitor_id);
    expect((await scene.enter(cookieOf(busy))).body.visitor_id).toBe(busy.body.visitor_id);
  });
});
