import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { inTransaction } from '@parley/platform';
import type { Connection } from 'mongoose';
import { LoginSessionsService } from '../src/login-sessions/login-sessions.service.js';
import { OneTimeTokens } from '../src/one-time-tokens/one-time-tokens.js';
import { type User, USERS } from '../src/users/user.schema.js';
import { namesSet, refreshCookie } from './browser.js';
import { addUser, somePassword } from './people.js';
import { expectRefused, SessionScene } from './session-scene.js';

const second = 1_000;
const day = 86_400 * second;

const scene = new SessionScene();
const { clock, model, native, newBrowser, refreshNative, revoked, signedIn } = scene;

beforeAll(() => scene.start());
afterAll(scene.remove);

describe('POST /auth/refresh', () => {
  describe('with a token that is none', () => {
    it('[attack 24] refuses every change to it without looking it up, and the token itself goes on working', async () => {
      const { refresh_token } = await native();
      const { refresh_token: others } = await native('user2');
      const [head, sid, counter, mac] = refresh_token.split('.') as [string, string, string, string];
      const [, othersSid, , othersMac] = others.split('.') as [string, string, string, string];
      const forged = [
        [head, sid, '1', mac],
        [head, sid, '00', mac],
        [head, sid, '-1', mac],
        [head, sid, counter, mac.slice(0, -1)],
        [head, sid, counter, mac.slice(0, 43)],
        [head, sid, counter, ''],
        [head, sid, counter, `${mac}=`],
        [head, sid, counter, `${mac.slice(0, -1)}+`],
        [head, sid, counter, `${mac.slice(0, -1)}/`],
        [head, sid, counter, mac.slice(0, 10) + (mac[10] === 'A' ? 'B' : 'A') + mac.slice(11)],
        [head, sid, counter, mac.slice(0, 60) + (mac[60] === 'A' ? 'B' : 'A') + mac.slice(61)],
        [head, othersSid, counter, mac],
        [head, sid, counter, othersMac],
        [head, sid.toUpperCase(), counter, mac],
        ['rt2', sid, counter, mac],
        [head, sid, counter, mac, ''],
        [head, `${sid} `, counter, mac],
      ].map((parts) => parts.join('.'));
      const looked = jest.spyOn(scene.sessions, 'findOne');
      for (const token of [...forged, ' ', 'x', '.'.repeat(200), '\u0000']) {
        expectRefused(await refreshNative(token), 'invalid_refresh_token');
      }
      expect(looked).not.toHaveBeenCalled();
      expect((await refreshNative(refresh_token)).status).toBe(200);
      expect(looked).toHaveBeenCalledTimes(1);
      looked.mockRestore();
      expect((await refreshNative(others)).status).toBe(200);
    });

    it('[attack 29] refuses two cookies of the name, of which one is right, and takes the right one alone', async () => {
      const { browser } = await signedIn();
      const post = (cookie: string) => {
        const headers = { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin', cookie };
        return scene.auth.http.post('/auth/refresh', {}, { headers });
      };
      const right = `${refreshCookie}=${browser.refreshToken}`;
      for (const cookie of [`${right}; ${refreshCookie}=x`, `${refreshCookie}=x; ${right}`, `${right}; ${right}`]) {
        const answer = await post(cookie);
        expectRefused(answer, 'invalid_refresh_token');
        expect(namesSet(answer)).toEqual([]);
      }
      expect((await post(`a=b; ;; =; __Host-rtx=1; rt=${browser.refreshToken}; ${right}`)).status).toBe(200);
    });

    it('does not clear the cookie of whoever sends garbage', async () => {
      const browser = newBrowser();
      browser.cookies.set(refreshCookie, 'garbage');
      const answer = await browser.refresh();
      expectRefused(answer, 'invalid_refresh_token');
      expect(namesSet(answer)).toEqual([]);
    });
  });

  describe('when the session is over', () => {
    it('[attack 26] refuses it after fourteen days without renewal, also when the clock is moved back then', async () => {
      const { browser, sid } = await signedIn();
      clock.advance(14 * day - second);
      expect((await browser.refresh()).status).toBe(200);
      clock.advance(14 * day);
      expectRefused(await browser.refresh(), 'session_expired');
      clock.advance(-5 * day);
      expectRefused(await browser.refresh(), 'session_expired');
      clock.advance(5 * day);
      expect(await scene.sessions.findOne({ _id: sid }).lean()).toMatchObject({ end_reason: 'expired' });
    });

    it('[auth C7] [attack 26] refuses it after thirty days, however often it was renewed', async () => {
      const { browser } = await signedIn();
      for (let days = 0; days < 29; days++) {
        clock.advance(day);
        expect((await browser.refresh()).status).toBe(200);
      }
      clock.advance(day - 60 * second);
      const last = await browser.refresh();
      // No access token outlives its session.
      expect([last.status, last.body.expires_in]).toEqual([200, 60]);
      clock.advance(60 * second);
      expectRefused(await browser.refresh(), 'session_expired');
      expect((await browser.logIn('user1')).status).toBe(200);
    });

    it('refuses an account that was disabled, and takes it again when it is enabled', async () => {
      const { browser } = await signedIn('user2');
      await model<User>(USERS).updateOne({ username: 'user2' }, { $set: { status: 'suspended' } });
      const answer = await browser.refresh();
      await model<User>(USERS).updateOne({ username: 'user2' }, { $set: { status: 'active' } });
      expectRefused(answer, 'account_disabled');
      expect((await browser.refresh()).status).toBe(200);
    });

    it('[attack 25] refuses after a sign-out, and a sign-out after a renewal ends the renewed session too', async () => {
      const before = await signedIn();
      const tab = before.browser.copy();
      expect((await before.browser.post('/auth/logout', {})).status).toBe(204);
      expectRefused(await tab.refresh(), 'session_revoked');

      const after = await signedIn();
      const old = after.browser.copy();
      await after.browser.refresh();
      expect((await old.post('/auth/logout', {})).status).toBe(204);
      expectRefused(await after.browser.refresh(), 'session_revoked');
    });

    it('[attack 25] leaves nothing alive when both come at once, and when the password is reset at once with it', async () => {
      const { app, http } = scene.auth;
      const connection = app.get<Connection>(getConnectionToken(), { strict: false });
      const ending = app.get(LoginSessionsService, { strict: false });
      const tokens = app.get(OneTimeTokens, { strict: false });
      for (let round = 0; round < 6; round++) {
        const { _id: userId } = await addUser(scene.auth, `raced-${round}`);
        const { browser, sid } = await signedIn(`raced-${round}`, {}, somePassword);
        const tabs = Array.from({ length: 4 }, () => browser.copy());
        const token = await inTransaction(connection, (session) =>
          tokens.issue({ purpose: 'reset_password', userId, lifeMs: 60_000 }, session),
        );
        const ends = [
          () => browser.copy().post('/auth/logout', {}),
          () => http.post('/auth/reset-password', { token, password: 'another walk, another harbour' }),
          () => inTransaction(connection, (session) => ending.endAllOf(userId, 'password_changed', session)),
        ];
        await Promise.all([
          ...tabs.slice(0, 2).map((tab) => tab.refresh()),
          ends[round % ends.length]!(),
          ...tabs.slice(2).map((tab) => tab.refresh()),
        ]);
        for (const tab of [browser, ...tabs]) expectRefused(await tab.refresh(), 'session_revoked');
        expect(await revoked(sid)).toBe(1);
      }
      expect((await signedIn()).sid).toBeDefined();
    });
  });
});
