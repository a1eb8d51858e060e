import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { AUDIT_ENTRIES, type AuditEntry } from '../src/audit/audit-entry.schema.js';
import { OUTBOX_MAILS, type OutboxMail } from '../src/mail/outbox-mail.schema.js';
import { Browser, deviceCookie, namesSet, refreshCookie } from './browser.js';
import { expectRefused, seen, SessionScene, sidOf } from './session-scene.js';

const second = 1_000;

const scene = new SessionScene();
const { clock, installation, model, native, newBrowser, refreshNative, revoked, signedIn } = scene;

beforeAll(() => scene.start());
afterAll(scene.remove);

describe('POST /auth/login', () => {
  it('[auth C5] gives a browser its refresh token as a cookie that no script can read, and none in the body', async () => {
    const { headers, body } = await newBrowser().logIn('user1');
    const [rt, dc] = headers.getSetCookie();
    const attributes = 'HttpOnly; Secure; SameSite=Strict';
    expect(rt).toMatch(/^__Host-rt=rt1\.sid_[0-9a-f]{32}\.0\.[\w-]{64}; Path=\/; Max-Age=1209600; /);
    expect(dc).toMatch(/^__Host-dc=dc1\.[\w-]{22}\.\d+-[\w-]{22}; Path=\/; Max-Age=15552000; /);
    for (const cookie of [rt, dc]) expect(cookie!.endsWith(attributes)).toBe(true);
    expect(body).not.toHaveProperty('refresh_token');
  });

  it('gives a native client its refresh token in the body, and no refresh cookie', async () => {
    const answer = await scene.auth.http.post('/auth/login', {
      username: 'user1',
      password: 'parley-user1-demo',
      client: 'native',
    });
    expect(answer.body.refresh_token).toMatch(/^rt1\.sid_/);
    expect(namesSet(answer)).toEqual([deviceCookie]);
  });

  it('[attack 28] makes a new session whatever refresh cookie was there before, and ends the one that it replaces', async () => {
    const { browser: mallory, sid } = await signedIn('user2');
    const victim = newBrowser();
    victim.cookies.set(refreshCookie, mallory.refreshToken);
    const answer = await victim.logIn('user1');
    expect(sidOf(answer)).not.toBe(sid);
    expect(victim.refreshToken).not.toContain(sid);
    expectRefused(await mallory.refresh(), 'session_revoked');
    expect((await victim.refresh()).body.user.username).toBe('user1');
  });

  it('[attack 28] takes no notice of a cookie that is not ours', async () => {
    const victim = newBrowser();
    victim.cookies.set(refreshCookie, 'rt1.sid_00000000000000000000000000000000.0.x');
    expect((await victim.logIn('user1')).status).toBe(200);
    expect((await victim.refresh()).status).toBe(200);
  });
});

describe('POST /auth/refresh', () => {
  it('[auth A4] answers like a sign-in, with a new access token and a new refresh token', async () => {
    const { browser, sid } = await signedIn();
    const before = browser.refreshToken;
    clock.advance(60 * second);
    const answer = await browser.refresh();
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 900,
      user: expect.objectContaining({ username: 'user1' }),
    });
    expect(jwt.decode(answer.body.access_token)).toMatchObject({ sid, rc: 1, amr: ['pwd'] });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(browser.refreshToken).not.toBe(before);
    expect((await browser.get('/auth/me')).status).toBe(200);
  });

  it('renews native clients by the body alone', async () => {
    const { refresh_token } = await native();
    const answer = await refreshNative(refresh_token);
    expect(answer.status).toBe(200);
    expect(answer.body.refresh_token).toMatch(/^rt1\.sid_[0-9a-f]{32}\.1\./);
    expect(namesSet(answer)).toEqual([]);
  });

  it('takes no token the other way: no cookie’s in a body, and none of a body’s as a cookie', async () => {
    const { browser } = await signedIn();
    expectRefused(await refreshNative(browser.refreshToken), 'invalid_refresh_token');
    const thief = newBrowser();
    thief.cookies.set(refreshCookie, (await native()).refresh_token);
    expectRefused(await thief.refresh(), 'invalid_refresh_token');
    expect((await browser.refresh()).status).toBe(200);
  });

  it('says what is missing', async () => {
    expectRefused(await scene.auth.http.post('/auth/refresh', {}), 'refresh_token_missing');
    expect(seen(await scene.auth.http.post('/auth/refresh', { refresh_token: 1 }))).toEqual([400, 'validation_failed']);
    expect(seen(await scene.auth.http.post('/auth/refresh', { x: 1 }))).toEqual([400, 'unknown_field']);
  });

  it('[attack 21] gives twenty tabs that ask at once one and the same successor', async () => {
    const { browser, sid } = await signedIn();
    const tabs = Array.from({ length: 20 }, () => browser.copy());
    const answers = await Promise.all(tabs.map((tab) => tab.refresh()));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(new Set(tabs.map(({ refreshToken }) => refreshToken)).size).toBe(1);
    expect(tabs[0]!.refreshToken).toContain(`${sid}.1.`);
    expect(await scene.sessions.findOne({ _id: sid }).lean()).toMatchObject({ refresh_counter: 1, ended_at: null });
    expect((await tabs[7]!.refresh()).status).toBe(200);
  });

  it('[attack 21] gives them the same over two instances', async () => {
    const other = await installation.start();
    const { browser } = await signedIn();
    const tabs = Array.from({ length: 10 }, (_, n) => {
      const tab = new Browser(() => (n % 2 ? scene.auth : other));
      tab.cookies.set(refreshCookie, browser.refreshToken);
      return tab;
    });
    const answers = await Promise.all(tabs.map((tab) => tab.refresh()));
    await installation.stop(other);
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(new Set(tabs.map(({ refreshToken }) => refreshToken)).size).toBe(1);
  });

  describe('with a token that was used before', () => {
    const reuses = (sid: string) =>
      model<AuditEntry>(AUDIT_ENTRIES).countDocuments({ type: 'refresh.reused', 'facts.sid': sid });

    async function expectReuse(thief: Browser, victim: Browser, sid: string) {
      const mails = model<OutboxMail>(OUTBOX_MAILS);
      const mailsBefore = await mails.countDocuments({ template: 'refresh_reuse' });
      const answer = await thief.refresh();
      expectRefused(answer, 'refresh_reuse');
      expect(answer.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-rt=; Path=\/; Max-Age=0; /)]);
      expectRefused(await victim.refresh(), 'refresh_reuse');
      const ended = await scene.sessions.findOne({ _id: sid }).lean();
      expect([ended!.end_reason, ended!.ended_at]).toEqual(['refresh_reused', expect.any(Date)]);
      expect(await revoked(sid)).toBe(1);
      expect(await reuses(sid)).toBe(1);
      expect((await mails.countDocuments({ template: 'refresh_reuse' })) - mailsBefore).toBe(1);
    }

    it('[attack 22] ends the session when the previous one comes back after eleven seconds and its successor is in use', async () => {
      const { browser, sid } = await signedIn();
      const thief = browser.copy();
      await browser.refresh();
      expect((await browser.get('/auth/me')).status).toBe(200);
      clock.advance(11 * second);
      await expectReuse(thief, browser, sid);
      expect((await browser.logIn('user1')).status).toBe(200);
    });

    it('[attack 22] ends the session when any older one comes back, however soon', async () => {
      const { browser, sid } = await signedIn();
      const thief = browser.copy();
      await browser.refresh();
      await browser.refresh();
      await expectReuse(thief, browser, sid);
    });

    it('[attack 22] tells the user once of twenty thieves at once', async () => {
      const { browser, sid } = await signedIn();
      const thief = browser.copy();
      await browser.refresh();
      await browser.refresh();
      const answers = await Promise.all(Array.from({ length: 20 }, () => thief.copy().refresh()));
      expect(answers.map(seen)).toEqual(Array(20).fill([401, 'refresh_reuse']));
      expect(await reuses(sid)).toBe(1);
    });

    it('[attack 23] gives the same successor when the answer was lost and the client comes back after 25 seconds, three times', async () => {
      const { browser, sid } = await signedIn();
      const lost = browser.copy();
      await lost.refresh();
      clock.advance(25 * second);
      const tabs = Array.from({ length: 3 }, () => browser.copy());
      for (const tab of tabs) expect((await tab.refresh()).status).toBe(200);
      expect(tabs.map(({ refreshToken }) => refreshToken)).toEqual(Array(3).fill(lost.refreshToken));
      const retried = { type: 'refresh.retried', 'facts.sid': sid };
      expect(await model<AuditEntry>(AUDIT_ENTRIES).countDocuments(retried)).toBe(3);
      expect((await tabs[0]!.refresh()).status).toBe(200);
    });

    it('[attack 23] ends the session at the fourth time, after 31 seconds, and on another device', async () => {
      const fourth = await signedIn();
      await fourth.browser.copy().refresh();
      clock.advance(25 * second);
      for (let time = 0; time < 3; time++) expect((await fourth.browser.copy().refresh()).status).toBe(200);
      await expectReuse(fourth.browser.copy(), fourth.browser, fourth.sid);

      const late = await signedIn();
      await late.browser.copy().refresh();
      clock.advance(31 * second);
      await expectReuse(late.browser.copy(), late.browser, late.sid);

      const elsewhere = await signedIn();
      await elsewhere.browser.copy().refresh();
      clock.advance(25 * second);
      const thief = elsewhere.browser.copy();
      thief.cookies.set(deviceCookie, (await signedIn('user2')).browser.cookies.get(deviceCookie)!);
      await expectReuse(thief, elsewhere.browser, elsewhere.sid);
    });

    it('[attack 23] gives native clients, which keep no cookies, the same 30 seconds', async () => {
      const lost = await native();
      const { refresh_token: successor } = (await refreshNative(lost.refresh_token)).body;
      clock.advance(25 * second);
      expect((await refreshNative(lost.refresh_token)).body.refresh_token).toBe(successor);
      const foreign = { cookie: `${deviceCookie}=${(await signedIn('user2')).browser.cookies.get(deviceCookie)!}` };
      const stolen = { refresh_token: lost.refresh_token };
      expectRefused(await scene.auth.http.post('/auth/refresh', stolen, { headers: foreign }), 'refresh_reuse');
      expectRefused(await refreshNative(successor as string), 'refresh_reuse');

      const late = await native();
      await refreshNative(late.refresh_token);
      clock.advance(31 * second);
      expectRefused(await refreshNative(late.refresh_token), 'refresh_reuse');
    });

    it('takes nothing for recent when the clock was moved back', async () => {
      const { browser, sid } = await signedIn();
      const thief = browser.copy();
      await browser.refresh();
      clock.advance(-3_600 * second);
      const answer = await thief.refresh();
      clock.advance(3_600 * second);
      expectRefused(answer, 'refresh_reuse');
      expect(await reuses(sid)).toBe(1);
    });
  });
});
