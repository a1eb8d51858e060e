import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { sendExamples, type SecretsSeen, type TestService, watchSecrets } from '@parley/testing';
import { UserDirectory } from '../src/user-administration/user-directory.js';
import { AuthInstallation, logIn, serviceToken } from './running-auth.js';

/** Anything that looks like an address. */
const email = /[\w.+-]+@[\w-]+\.\w+/;
const wrong = 'not-the-password-of-anybody';

const installation = new AuthInstallation();
let auth: TestService;
let seen: SecretsSeen;

beforeAll(async () => {
  seen = watchSecrets();
  auth = await installation.start();
});
afterAll(async () => {
  seen.stop();
  await installation.remove();
});

describe('what is logged', () => {
  it('[attack 105] on all documented routes, with good and bad credentials, are no secrets and no e-mail addresses', async () => {
    const document = (await auth.http.get('/openapi.json')).body;
    const tokens = {
      access_token: await logIn(auth, 'user1'),
      service_token: await serviceToken(auth, 'chat', 'auth'),
    };
    const admin = await logIn(auth, 'admin');
    const { id } = (await auth.http.get('/auth/me', { token: await logIn(auth, 'user2') })).body;
    const { cursor: after } = (await auth.http.get('/internal/security-state', { token: tokens.service_token })).body;
    const parameters = {
      id,
      user_id: id,
      after,
      sid: 'sid_gone',
      provider: 'acme',
      org_id: 'org_none',
      role_id: 'role_none',
      invitation_id: 'inv_none',
      permission: 'chat:stream',
      token: 'a-token-in-the-query-of-a-link',
    };
    for (const access_token of [tokens.access_token, admin, 'a-token-that-is-none']) {
      await sendExamples(document, { baseUrl: auth.url, tokens: { ...tokens, access_token }, parameters });
    }
    await auth.http.post('/auth/login', { email: 'user1@example.com', password: wrong });
    await auth.http.post('/auth/login', { email: 'user1@example.com', password: wrong, surprise: 'user1@example.com' });
    await auth.http.get(`/auth/me?token=${tokens.access_token}&access_token=${tokens.access_token}`);
    await auth.http.get('/users?q=user1@example.com', { token: admin });
    await auth.http.get(`/no-such-route?token=${tokens.access_token}`, { headers: { cookie: `__Host-rt=${wrong}` } });
    const text = installation.logs.text();
    expect(installation.logs.lines.length).toBeGreaterThan(20);
    expect(seen.values.size).toBeGreaterThan(8);
    expect([...seen.values].filter((secret) => text.includes(secret))).toEqual([]);
    expect(email.exec(text)?.[0]).toBeUndefined();
  });

  it('[attack 18] a token in the query opens nothing', async () => {
    const token = await logIn(auth, 'user1');
    for (const name of ['token', 'access_token']) {
      const { status, body } = await auth.http.get(`/auth/me?${name}=${token}`);
      expect([status, body.code]).toEqual([401, 'token_missing']);
    }
    expect(installation.logs.text()).not.toContain(token);
    expect((await auth.http.get('/auth/me', { token })).status).toBe(200);
  });
});

describe('an error page', () => {
  it('[attack 108] says nothing of what went wrong inside, in development too', async () => {
    const token = await logIn(auth, 'admin');
    const secret = 'mongodb://user:hunter2@db.internal';
    const broken = jest
      .spyOn(auth.app.get(UserDirectory, { strict: false }), 'list')
      .mockRejectedValueOnce(new Error(secret));
    const thrown = await auth.http.get('/users', { token });
    broken.mockRestore();
    const malformed = await auth.http.post('/auth/login', undefined, { raw: '{"username":' });
    const unknown = await auth.http.get('/no/such/route');
    expect([thrown, malformed, unknown].map(({ status, body }) => [status, body.code])).toEqual([
      [500, 'internal_error'],
      [400, 'malformed_json'],
      [404, 'route_not_found'],
    ]);
    for (const { headers, body } of [thrown, malformed, unknown]) {
      expect(headers.get('content-type')).toContain('application/problem+json');
      expect(body.request_id).toBe(headers.get('x-request-id'));
      expect(JSON.stringify(body)).not.toMatch(/hunter2|Error:|\bat \/|node_modules|JSON at/);
    }
    expect((await auth.http.get('/users', { token })).status).toBe(200);
  });
});
