import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OUTBOX_MAILS, type OutboxMail } from '../src/mail/outbox-mail.schema.js';
import { SessionSweep } from '../src/own-sessions/session-sweep.js';
import { type User, USERS } from '../src/users/user.schema.js';
import { deviceCookie, refreshCookie } from './browser.js';
import { deliverOnDemand } from './mailbox.js';
import { seen, SessionScene } from './session-scene.js';

const second = 1_000;
const day = 86_400 * second;

const scene = new SessionScene();
const { audited, clock, installation, model, newBrowser, revoked, signedIn } = scene;

beforeAll(async () => {
  await scene.start({ TRUSTED_PROXIES: '127.0.0.1' });
  await deliverOnDemand(scene.auth);
});
afterAll(scene.remove);

describe('GET /auth/sessions', () => {
  it('[auth C1, C9] lists one’s own live sessions, newest first, with device and address', async () => {
    clock.advance(second);
    const first = await signedIn('user2', { 'user-agent': 'a telephone', 'x-forwarded-for': '192.0.2.7' });
    clock.advance(second);
    const second_ = await signedIn('user2', { 'user-agent': 'a desk' });
    const ended = await signedIn('user2');
    await ended.browser.post('/auth/logout', {});
    await signedIn('user1');
    const { status, body, headers } = await second_.browser.get('/auth/sessions');
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    const ids = body.data.map(({ id }: { id: string }) => id);
    expect(ids.slice(0, 2)).toEqual([second_.sid, first.sid]);
    expect(ids).not.toContain(ended.sid);
    expect(body.data.find(({ id }: { id: string }) => id === first.sid)).toEqual({
      id: first.sid,
      current: false,
      client: 'browser',
      user_agent: 'a telephone',
      ip_address: '192.0.2.7',
      amr: ['pwd'],
      created_at: new Date(clock.now() - second).toISOString(),
      last_seen_at: new Date(clock.now() - second).toISOString(),
      expires_at: new Date(clock.now() - second + 14 * day).toISOString(),
    });
    expect(body.data[0].current).toBe(true);
    expect(JSON.stringify(body)).not.toMatch(/refresh_key|device_id|v1\./);
  });

  it('comes in pages', async () => {
    const { browser } = await signedIn('user2');
    const all = (await browser.get('/auth/sessions')).body.data as Array<{ id: string }>;
    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await browser.get(`/auth/sessions?limit=1${cursor && `&cursor=${cursor}`}`);
      ids.push(...body.data.map(({ id }: { id: string }) => id));
      cursor = body.next_cursor as string | null;
    }
    expect(ids).toEqual(all.map(({ id }) => id));
    expect(seen(await browser.get('/auth/sessions?cursor=x'))).toEqual([400, 'cursor_invalid']);
    expect(seen(await browser.get('/auth/sessions?limit=0'))).toEqual([400, 'validation_failed']);
  });

  it('is refused without an access token: the cookie alone says nothing', async () => {
    const { browser } = await signedIn();
    const headers = { cookie: `${refreshCookie}=${browser.refreshToken}`, origin: 'http://localhost:8080' };
    expect(seen(await scene.auth.http.get('/auth/sessions', { headers }))).toEqual([401, 'token_missing']);
  });
});

describe('DELETE /auth/sessions/{sid}', () => {
  it('ends one of one’s own', async () => {
    const { browser } = await signedIn();
    const other = await signedIn();
    const end = (sid: string) => scene.auth.http.delete(`/auth/sessions/${sid}`, { token: browser.accessToken });
    expect((await end(other.sid)).status).toBe(204);
    expect(await revoked(other.sid)).toBe(1);
    expect(seen(await other.browser.refresh())).toEqual([401, 'session_revoked']);
    expect(seen(await end(other.sid))).toEqual([404, 'session_not_found']);
    expect((await browser.refresh()).status).toBe(200);
  });

  it('[attack 30] does not find that of another user, which goes on', async () => {
    const victim = await signedIn('user1');
    const mallory = await signedIn('user2');
    const token = mallory.browser.accessToken;
    const answers = [victim.sid, 'sid_00000000000000000000000000000000', 'x', '$ne'].map((sid) =>
      scene.auth.http.delete(`/auth/sessions/${sid}`, { token }),
    );
    for (const answer of await Promise.all(answers)) {
      expect(seen(answer)).toEqual([404, 'session_not_found']);
      expect(answer.body.detail).toBe('There is no such session.');
    }
    expect(await revoked(victim.sid)).toBe(0);
    expect((await victim.browser.refresh()).status).toBe(200);
  });

  it('ends all others by the bare list', async () => {
    const { browser, sid } = await signedIn();
    const other = await signedIn();
    const stranger = await signedIn('user2');
    expect((await scene.auth.http.delete('/auth/sessions', { token: browser.accessToken })).status).toBe(204);
    expect(seen(await other.browser.refresh())).toEqual([401, 'session_revoked']);
    expect((await browser.refresh()).status).toBe(200);
    expect((await stranger.browser.refresh()).status).toBe(200);
    const { data } = (await browser.get('/auth/sessions')).body;
    expect(data.map(({ id }: { id: string }) => id)).toEqual([sid]);
  });
});

describe('GET /auth/session', () => {
  it('[auth A3, A9] says for how long the access token is good: fifteen minutes unless told otherwise', async () => {
    const { browser, sid } = await signedIn();
    clock.advance(60 * second);
    const { status, body } = await browser.get('/auth/session');
    expect(status).toBe(200);
    expect(body).toEqual({
      id: sid,
      user_id: expect.stringMatching(/^usr_/),
      org_id: null,
      expires_in: 840,
      expires_at: new Date(clock.now() + 840 * second).toISOString(),
    });
    expect(seen(await scene.auth.http.get('/auth/session'))).toEqual([401, 'token_missing']);
  });
});

describe('what is known of a session', () => {
  it('[auth C11] notes its use at most once a minute', async () => {
    const { browser, sid } = await signedIn();
    const seenAt = async () => (await scene.sessions.findOne({ _id: sid }).lean())!.last_seen_at.getTime();
    const start = clock.now();
    clock.advance(59 * second);
    await browser.get('/auth/me');
    expect(await seenAt()).toBe(start);
    clock.advance(second);
    await Promise.all([browser.get('/auth/me'), browser.get('/auth/me')]);
    expect(await seenAt()).toBe(start + 60 * second);
    clock.advance(59 * second);
    await browser.get('/auth/me');
    expect(await seenAt()).toBe(start + 60 * second);
  });

  it('holds no token: none of what is stored renews a session', async () => {
    const { browser, sid } = await signedIn();
    const stored = JSON.stringify(await scene.sessions.findOne({ _id: sid }).lean());
    const mac = browser.refreshToken.split('.')[3]!;
    expect(stored).not.toContain(mac);
    expect(stored).not.toContain(browser.cookies.get(deviceCookie)!.split('.')[1]);
    expect(installation.logs.text()).not.toContain(mac);
  });

  it('is forgotten a month after its end', async () => {
    const { sid } = await signedIn('admin');
    const sweep = () => scene.auth.app.get(SessionSweep, { strict: false }).sweep();
    clock.advance(14 * day - second);
    await sweep();
    expect(await scene.sessions.findOne({ _id: sid }).lean()).toMatchObject({ ended_at: null });
    clock.advance(second);
    await sweep();
    expect(await scene.sessions.findOne({ _id: sid }).lean()).toMatchObject({ end_reason: 'expired' });
    clock.advance(30 * day - second);
    await sweep();
    expect(await scene.sessions.countDocuments({ _id: sid })).toBe(1);
    clock.advance(second);
    await sweep();
    expect(await scene.sessions.countDocuments({ _id: sid })).toBe(0);
  });
});

describe('a sign-in on a device that is new to the account', () => {
  const mails = () => model<OutboxMail>(OUTBOX_MAILS).find({ template: 'new_device' }).lean();

  it('[auth C1, C9] is told to the user by mail, and refused to nobody', async () => {
    await model<User>(USERS).updateOne({ username: 'user2' }, { $set: { created_at: clock.date() } });
    const known = await signedIn('user2', { 'user-agent': 'a desk', 'x-forwarded-for': '192.0.2.1' });
    const before = (await mails()).length;
    await signedIn('user2', { 'user-agent': 'a desk', 'x-forwarded-for': '192.0.2.1' });
    const travelled = newBrowser({ 'user-agent': 'a desk, updated', 'x-forwarded-for': '198.51.100.9' });
    travelled.cookies.set(deviceCookie, known.browser.cookies.get(deviceCookie)!);
    expect((await travelled.logIn('user2')).status).toBe(200);
    expect(await mails()).toHaveLength(before);
    const { sid } = await signedIn('user2', { 'user-agent': 'a telephone', 'x-forwarded-for': '203.0.113.5' });
    const all = await mails();
    expect(all).toHaveLength(before + 1);
    expect(all.at(-1)).toMatchObject({
      to: { address: 'user2@example.com' },
      facts: { at: clock.date().toISOString(), ip_address: '203.0.113.5', device: 'a telephone' },
    });
    expect(await audited('login_session.started', sid)).toMatchObject({
      ip_address: '203.0.113.5',
      facts: { new_device: true, amr: 'pwd' },
    });
  });

  it('is not told at the very first sign-in of a young account', async () => {
    await scene.sessions.deleteMany({});
    const before = (await mails()).length;
    await model<User>(USERS).updateOne({ username: 'user1' }, { $set: { created_at: clock.date() } });
    await signedIn('user1');
    expect(await mails()).toHaveLength(before);
  });
});
