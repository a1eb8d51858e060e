import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestService } from '@parley/testing';
import jwt from 'jsonwebtoken';
import { AuthInstallation, logIn, serviceSecrets, serviceToken } from './running-auth.js';

const installation = new AuthInstallation();
let auth: TestService;

beforeAll(async () => {
  auth = await installation.start();
});
afterAll(() => installation.remove());

describe('POST /oauth/token', () => {
  const request = {
    grant_type: 'client_credentials',
    client_id: 'chat',
    client_secret: serviceSecrets.chat,
    audience: 'auth',
  };
  const ask = (change: Record<string, unknown>) => auth.http.post('/oauth/token', { ...request, ...change });

  it.each([
    ['chat', 'accounting', 'holds:write'],
    ['chat', 'auth', 'authz:read users:read security-events:read tokens:introspect api-keys:verify'],
    ['accounting', 'auth', 'authz:read users:read security-events:read tokens:introspect api-keys:verify'],
  ] as const)('gives %s a token for %s with the scope %s', async (client, audience, scope) => {
    const { status, headers, body } = await ask({ client_id: client, client_secret: serviceSecrets[client], audience });
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 300, scope });
    const { header, payload } = jwt.decode(body.access_token, { complete: true })!;
    const now = installation.clock.now() / 1000;
    expect(header).toMatchObject({ alg: 'ES256', typ: 'svc+jwt' });
    const times = { iat: now, iat_ms: now * 1000, nbf: now, exp: now + 300 };
    expect(payload).toEqual({
      iss: 'parley-auth',
      aud: audience,
      sub: `svc:${client}`,
      scope,
      jti: expect.any(String),
      ...times,
    });
  });

  it.each(['wrong', serviceSecrets.accounting, `${serviceSecrets.chat}x`, serviceSecrets.chat.slice(1)])(
    'refuses the secret %s',
    async (secret) => {
      const { status, headers, body } = await ask({ client_secret: secret });
      expect([status, body.code]).toEqual([401, 'invalid_client']);
      expect(headers.get('www-authenticate')).toContain('Bearer');
    },
  );

  it.each([
    ['chat', 'chat'],
    ['accounting', 'chat'],
    ['accounting', 'accounting'],
  ] as const)('refuses %s a token for %s', async (client, audience) => {
    const denied = await ask({ client_id: client, client_secret: serviceSecrets[client], audience });
    expect([denied.status, denied.body.code]).toEqual([403, 'audience_denied']);
    expect((await ask({ client_id: client, client_secret: 'wrong', audience })).body.code).toBe('invalid_client');
  });

  it.each<Record<string, unknown>>([
    { grant_type: 'password' },
    { client_id: 'admin' },
    { client_id: '__proto__' },
    { client_secret: { $ne: '' } },
    { client_secret: '' },
    { audience: ['auth', 'accounting'] },
    { audience: undefined },
    { scope: 'holds:write' },
  ])('refuses the request with %j', async (change) => {
    expect((await ask(change)).status).toBe(400);
    expect((await ask({})).status).toBe(200);
  });

  it('leaves no secret and no token in the log', async () => {
    const { body } = await ask({});
    for (const secret of [serviceSecrets.chat, body.access_token])
      expect(installation.logs.text()).not.toContain(secret);
  });
});

describe('the routes for other services', () => {
  let user: string;
  let userId: string;
  let chat: string;
  let accounting: string;

  beforeAll(async () => {
    user = await logIn(auth, 'user1');
    userId = (await auth.http.get('/auth/me', { token: user })).body.id;
    chat = await serviceToken(auth, 'chat', 'auth');
    accounting = await serviceToken(auth, 'accounting', 'auth');
  });

  describe('GET /internal/authz/grants', () => {
    const ask = (query: string, token?: string) =>
      auth.http.get(`/internal/authz/grants${query}`, token === undefined ? {} : { token });

    it('tells both services what a user may do', async () => {
      const permissions = ['chat:*', 'models:read', 'credits:estimate', 'ws:connect'];
      const outside = { role_id: null, level: 0, membership: null, organization: null, models: null, scopes: null };
      const expected = { user_id: userId, org_id: null, status: 'active', role: 'user', permissions, ...outside };
      for (const token of [chat, accounting]) {
        const { status, body } = await ask(`?user_id=${userId}`, token);
        expect([status, body]).toEqual([200, expected]);
      }
    });

    it('knows no user who is not there, and no organisation', async () => {
      expect((await ask('?user_id=usr_nobody', chat)).body).toMatchObject({ status: 404, code: 'user_not_found' });
      const organisation = await ask(`?user_id=${userId}&org_id=org_1`, chat);
      expect(organisation.body).toMatchObject({ status: 404, code: 'organization_not_found' });
    });

    it.each([
      '',
      '?user_id=',
      '?user_id=a&user_id=b',
      '?user_id[$ne]=x',
      '?user_id=a&admin=1',
      `?user_id=${'u'.repeat(101)}`,
    ])('refuses the query %s', async (query) => expect((await ask(query, chat)).status).toBe(400));

    it('is closed to users, administrators among them, and to everybody else', async () => {
      const query = `?user_id=${userId}`;
      for (const token of [user, await logIn(auth, 'admin')]) {
        const { status, body } = await ask(query, token);
        expect([status, body.code]).toEqual([403, 'service_token_required']);
      }
      expect((await ask(query)).status).toBe(401);
      expect((await ask(query, await serviceToken(auth, 'chat', 'accounting'))).body.code).toBe('invalid_token');
      const headers = { 'x-internal-token': 'yes', 'x-user-id': userId };
      expect((await auth.http.get(`/internal/authz/grants${query}`, { headers })).status).toBe(401);
    });

    it('is closed to a service token whose time is over', async () => {
      const mine = await serviceToken(auth, 'chat', 'auth');
      installation.clock.advance(305_000);
      expect((await ask(`?user_id=${userId}`, mine)).body.code).toBe('token_expired');
      chat = await serviceToken(auth, 'chat', 'auth');
      accounting = await serviceToken(auth, 'accounting', 'auth');
    });
  });

  describe('GET /internal/users/{id}', () => {
    it('tells that a user exists, and nothing more', async () => {
      const { status, body } = await auth.http.get(`/internal/users/${userId}`, { token: accounting });
      expect([status, body]).toEqual([200, { id: userId, status: 'active' }]);
    });

    it.each(['usr_nobody', 'user1', '__proto__', '%24ne', '..%2Fauthz'])('knows no user %s', async (id) => {
      const { status, body } = await auth.http.get(`/internal/users/${id}`, { token: accounting });
      expect([status, body.code]).toEqual([404, 'user_not_found']);
    });

    it('is closed to users', async () => {
      const { status, body } = await auth.http.get(`/internal/users/${userId}`, { token: user });
      expect([status, body.code]).toEqual([403, 'service_token_required']);
    });
  });
});
