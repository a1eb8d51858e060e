import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { getModelToken } from '@nestjs/mongoose';
import type { HttpAnswer, TestService } from '@parley/testing';
import jwt from 'jsonwebtoken';
import type { Model } from 'mongoose';
import { LOGIN_SESSIONS, type LoginSession } from '../src/login-sessions/login-session.schema.js';
import { PasswordHashes } from '../src/passwords/password-hashes.js';
import { type User, USERS } from '../src/users/user.schema.js';
import { commandsOf, monitoredDatabase } from './database-commands.js';
import { deliverOnDemand } from './mailbox.js';
import { addUser } from './people.js';
import { AuthInstallation } from './running-auth.js';

const password = 'parley-user1-demo';

describe('POST /auth/login', () => {
  const installation = new AuthInstallation();
  let auth: TestService;
  let count = 0;
  let users: Model<User>;
  let sessions: Model<LoginSession>;
  const logIn = (body: unknown) => auth.http.post('/auth/login', body);

  beforeAll(async () => {
    auth = await installation.start({ TRUSTED_PROXIES: '127.0.0.1', ...monitoredDatabase() });
    await deliverOnDemand(auth);
    users = auth.app.get(getModelToken(USERS), { strict: false });
    sessions = auth.app.get(getModelToken(LOGIN_SESSIONS), { strict: false });
  });
  afterAll(() => installation.remove());

  describe('with the right password', () => {
    it.each([
      { username: 'user1' },
      { email: 'user1@example.com' },
      { username: 'USER1' },
      { email: ' User1@EXAMPLE.com ' },
      { email: 'user1＠example.com' },
    ])('[auth G2] signs in by %j', async (name) => {
      const { status, body, headers } = await logIn({ ...name, password });
      expect(status).toBe(200);
      expect(body).toEqual({
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 900,
        user: {
          id: expect.stringMatching(/^usr_[0-9a-f]{32}$/),
          email: 'user1@example.com',
          username: 'user1',
          first_name: 'Uma',
          last_name: 'Arden',
          email_verified: true,
          status: 'active',
        },
      });
      expect(headers.get('cache-control')).toBe('no-store');
    });

    it('answers the same under /api', async () => {
      expect((await auth.http.post('/api/auth/login', { username: 'user1', password })).status).toBe(200);
    });

    it('[auth C12] gives a token with the claims that the services rely on, and nothing private', async () => {
      const { body } = await logIn({ username: 'user1', password });
      const { header, payload } = jwt.decode(body.access_token, { complete: true })!;
      const now = installation.clock.now() / 1000;
      expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.stringMatching(/^key_[0-9a-f]{32}$/) });
      expect(payload).toEqual({
        iss: 'parley-auth',
        aud: ['auth', 'accounting', 'chat'],
        sub: body.user.id,
        sid: expect.stringMatching(/^sid_[0-9a-f]{32}$/),
        jti: expect.any(String),
        iat: now,
        iat_ms: now * 1000,
        nbf: now,
        exp: now + 900,
        org_id: null,
        rid: 'user',
        mv: 0,
        rc: 0,
        auth_time: now,
        amr: ['pwd'],
        ev: true,
      });
    });

    it('records a login session of its own for each sign-in', async () => {
      const before = await sessions.countDocuments({});
      const request = { headers: { 'user-agent': 'a browser'.padEnd(500, '!') } };
      const { body } = await auth.http.post(
        '/auth/login',
        { username: 'user2', password: 'parley-user2-demo' },
        request,
      );
      const { sid } = jwt.decode(body.access_token) as { sid: string };
      expect(await sessions.countDocuments({})).toBe(before + 1);
      expect(await sessions.findOne({ _id: sid }).lean()).toEqual({
        _id: sid,
        user_id: body.user.id,
        org_id: null,
        client: 'browser',
        amr: ['pwd'],
        refresh_key: expect.stringMatching(/^v1\./),
        refresh_counter: 0,
        refreshed_at: installation.clock.date(),
        refresh_retries: 0,
        seen_counter: 0,
        device_id: expect.any(String),
        user_agent: 'a browser'.padEnd(200, '!'),
        ip_address: '127.0.0.1',
        network: '127.0.0.1',
        created_at: installation.clock.date(),
        last_seen_at: installation.clock.date(),
        ended_at: null,
        end_reason: null,
      });
    });

    it('says organization_not_found for an organisation where the user is no member', async () => {
      const { status, body } = await logIn({ username: 'user1', password, org_id: 'org_1' });
      expect([status, body.code]).toEqual([404, 'organization_not_found']);
      expect((await logIn({ username: 'user1', password: 'wrong', org_id: 'org_1' })).status).toBe(401);
    });

    describe('of an account that may not sign in', () => {
      const change = (set: Partial<User>) => users.updateOne({ username: 'user2' }, { $set: set });
      const attempt = (given = 'parley-user2-demo') => logIn({ username: 'user2', password: given });

      it.each(['suspended', 'deactivated'] as const)('tells that it is %s', async (status) => {
        await change({ status });
        const right = await attempt();
        const wrong = await attempt('wrong');
        await change({ status: 'active' });
        expect([right.status, right.body.code]).toEqual([401, 'account_disabled']);
        expect([wrong.status, wrong.body.code]).toEqual([401, 'invalid_credentials']);
      });

      it('[auth G5] tells that the e-mail address is not verified, and sends another link', async () => {
        await change({ email_verified: false });
        const right = await attempt();
        const wrong = await attempt('wrong');
        const again = await auth.http.post('/auth/resend-verification', { email: 'user2@example.com' });
        await change({ email_verified: true });
        expect(again.status).toBe(202);
        expect([right.status, right.body.code]).toEqual([403, 'email_not_verified']);
        expect(right.body.detail).toBe('Email not verified. Verification required before login.');
        expect([wrong.status, wrong.body.code]).toEqual([401, 'invalid_credentials']);
        expect((await attempt()).status).toBe(200);
      });
    });
  });

  describe('with the wrong password or an unknown name', () => {
    /** An answer without what differs from one request to the next. */
    const faceOf = ({ status, headers, body }: HttpAnswer) => {
      const { date: _, 'x-request-id': _id, ...same } = Object.fromEntries(headers);
      return { status, headers: same, body: { ...body, request_id: '' } };
    };

    it('[attack 37] [auth G1] gives one and the same answer', async () => {
      const answers = await Promise.all([
        logIn({ username: 'user1', password: 'wrong' }),
        logIn({ email: 'user1@example.com', password: `${password} ` }),
        logIn({ username: 'nobody', password }),
        logIn({ email: 'nobody@example.com', password }),
      ]);
      const [first, ...others] = answers.map(faceOf);
      expect(first).toMatchObject({
        status: 401,
        body: { code: 'invalid_credentials', detail: 'Incorrect username or password' },
        headers: { 'www-authenticate': 'Bearer realm="parley"', 'cache-control': 'no-store' },
      });
      for (const other of others) expect(other).toEqual(first);
    });

    it('[attack 37] [auth G9] checks one hash and asks the database for the same, whoever has the name', async () => {
      const matches = jest.spyOn(PasswordHashes, 'matches');
      const workOf = async (name: object) => {
        matches.mockClear();
        const commands = await commandsOf(auth, () => logIn({ ...name, password: 'wrong' }));
        expect(matches.mock.calls.map(([hash]) => hash.slice(0, 31))).toEqual(['$argon2id$v=19$m=19456,t=2,p=1$']);
        return commands;
      };
      const known = await workOf({ username: 'admin' });
      expect(known.filter((command) => command === 'find users')).toHaveLength(1);
      expect(await workOf({ username: 'nobody-at-all' })).toEqual(known);
      expect(await workOf({ email: 'admin@example.com' })).toEqual(known);
      expect(await workOf({ email: 'nobody-at-all@example.com' })).toEqual(known);
      matches.mockRestore();
    });

    it.each<[string, Partial<User>]>([
      ['deactivated', { status: 'deactivated' }],
      ['suspended', { status: 'suspended' }],
      ['unverified', { email_verified: false }],
    ])('[attack 39] answers for an account that is %s like for any other', async (_what, change) => {
      const { username } = await addUser(auth, `silent${++count}`, change);
      const [any, silent] = [await logIn({ username: 'nobody', password }), await logIn({ username, password })];
      expect(faceOf(silent)).toEqual(faceOf(any));
      expect(silent.status).toBe(401);
    });
  });

  it('leaves no password and no token in the log', async () => {
    const { body } = await logIn({ username: 'user1', password });
    const text = installation.logs.text();
    expect(text).toContain('/auth/login');
    for (const secret of [
      password,
      'parley-admin-demo',
      body.access_token,
      'argon2id',
      'PRIVATE',
      'user1@example.com',
    ]) {
      expect(text).not.toContain(secret);
    }
  });
});
