import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type StoredSecurityEvent, SECURITY_EVENTS } from '../src/security-events/security-event.schema.js';
import { type User, USERS } from '../src/users/user.schema.js';
import { deviceCookie, namesSet } from './browser.js';
import { seen, SessionScene } from './session-scene.js';

const scene = new SessionScene();
const { audited, model, revoked, signedIn } = scene;

beforeAll(() => scene.start());
afterAll(scene.remove);

describe('POST /auth/logout', () => {
  it('ends the session of the cookie, clears it, and tells the other services', async () => {
    const { browser, sid } = await signedIn();
    const answer = await browser.post('/auth/logout', {});
    expect([answer.status, answer.body]).toEqual([204, '']);
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-rt=; Path=\/; Max-Age=0; .*HttpOnly/),
    ]);
    expect(browser.cookies.has(deviceCookie)).toBe(true);
    expect(await revoked(sid)).toBe(1);
    expect(await audited('login_session.ended', sid)).toMatchObject({ facts: { reason: 'signed_out' } });
  });

  it('ends the session of an access token, or of a refresh token in the body', async () => {
    const one = await signedIn();
    expect((await scene.auth.http.post('/auth/logout', undefined, { token: one.browser.accessToken })).status).toBe(
      204,
    );
    expect(await revoked(one.sid)).toBe(1);
    const login = { username: 'user1', password: 'parley-user1-demo', client: 'native' };
    const { refresh_token } = (await scene.auth.http.post('/auth/login', login)).body;
    expect((await scene.auth.http.post('/auth/logout', { refresh_token })).status).toBe(204);
    expect(seen(await scene.auth.http.post('/auth/refresh', { refresh_token }))).toEqual([401, 'session_revoked']);
    expect((await scene.auth.http.post('/auth/logout', { refresh_token })).status).toBe(204);
  });

  it('refuses who has no session', async () => {
    for (const route of ['/auth/logout', '/auth/logout-all']) {
      const nobody = await scene.auth.http.post(route);
      expect(seen(nobody)).toEqual([401, 'token_missing']);
      expect(nobody.headers.get('www-authenticate')).toBe('Bearer realm="parley"');
      expect(seen(await scene.auth.http.post(route, {}, { token: 'garbage' }))).toEqual([401, 'invalid_token']);
      const garbage = await scene.auth.http.post(route, { refresh_token: 'garbage' });
      expect(seen(garbage)).toEqual([401, 'invalid_refresh_token']);
      expect(namesSet(garbage)).toEqual([]);
    }
  });
});

describe('POST /auth/logout-all', () => {
  it('ends all sessions of the user and nobody else’s', async () => {
    const mine = [await signedIn(), await signedIn(), await signedIn()];
    const other = await signedIn('user2');
    expect((await mine[0]!.browser.post('/auth/logout-all', {})).status).toBe(204);
    for (const { sid, browser } of mine.slice(1)) {
      expect(await revoked(sid)).toBe(1);
      expect(seen(await browser.refresh())).toEqual([401, 'session_revoked']);
    }
    expect((await other.browser.refresh()).status).toBe(200);
    const user = await model<User>(USERS).findOne({ username: 'user1' }).lean();
    const event = { 'change.type': 'credential-change' as const, 'change.sub': user!._id };
    expect(await model<StoredSecurityEvent>(SECURITY_EVENTS).countDocuments(event)).toBe(1);
  });

  it('is refused to a session that is over', async () => {
    const { browser } = await signedIn();
    const tab = browser.copy();
    await browser.post('/auth/logout', {});
    const other = await signedIn();
    expect(seen(await tab.post('/auth/logout-all', {}))).toEqual([401, 'session_revoked']);
    expect((await other.browser.refresh()).status).toBe(200);
  });
});
