import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getModelToken } from '@nestjs/mongoose';
import type { tokenTypes } from '@parley/auth';
import { sendExamples, type TestService } from '@parley/testing';
import { Validator } from '@seriousme/openapi-schema-validator';
import jwt from 'jsonwebtoken';
import type { Model } from 'mongoose';
import { TokenSigner } from '../src/keys/token-signer.js';
import { type User, USERS } from '../src/users/user.schema.js';
import { AuthInstallation, logIn, serviceToken } from './running-auth.js';

const installation = new AuthInstallation();
let auth: TestService;

beforeAll(async () => {
  auth = await installation.start();
});
afterAll(() => installation.remove());

describe('GET /auth/me', () => {
  let token: string;
  const me = (given?: string) => auth.http.get('/auth/me', given === undefined ? {} : { token: given });
  /** A token of this installation's own key, with claims as a test needs them. */
  const signed = (claims: Record<string, unknown>, kind: keyof typeof tokenTypes = 'user', lifeSeconds = 900) => {
    const { iss: _iss, iat: _iat, exp: _exp, nbf: _nbf, ...mine } = jwt.decode(token) as jwt.JwtPayload;
    return auth.app.get(TokenSigner, { strict: false }).sign(kind, lifeSeconds, { ...mine, ...claims }).token;
  };

  beforeAll(async () => {
    token = await logIn(auth, 'user1');
  });

  it('tells a user who they are and what they may do', async () => {
    const { status, headers, body } = await me(token);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toEqual({
      id: expect.stringMatching(/^usr_/),
      email: 'user1@example.com',
      username: 'user1',
      first_name: 'Uma',
      last_name: 'Arden',
      email_verified: true,
      status: 'active',
      org_id: null,
      role: 'user',
      permissions: ['chat:*', 'models:read', 'credits:estimate', 'ws:connect'],
    });
  });

  it('tells an administrator that they may do everything', async () => {
    const { body } = await me(await logIn(auth, 'admin'));
    expect([body.role, body.permissions]).toEqual(['platform_admin', ['*:*']]);
  });

  it('refuses a request without a token', async () => {
    const { status, body, headers } = await me();
    expect([status, body.code]).toEqual([401, 'token_missing']);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="parley"');
  });

  it.each(['garbage', 'a.b.c', '%E0%A4%A', 'x'.repeat(6_000), '.'.repeat(5_000)])(
    'refuses garbage (%#)',
    async (garbage) => {
      const { status, body } = await me(garbage);
      expect([status, body.code]).toEqual([401, 'invalid_token']);
    },
  );

  it('refuses a token that was changed', async () => {
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const changed = Buffer.from(JSON.stringify({ ...claims, rid: 'platform_admin' })).toString('base64url');
    expect((await me(`${header}.${changed}.${signature}`)).body.code).toBe('invalid_token');
  });

  it.each<Record<string, unknown>>([
    { aud: ['accounting', 'chat'] },
    { aud: [] },
    { iss: 'parley-auth/' },
    { sub: { $ne: null } },
    { sub: '' },
    { sid: undefined },
    { org_id: undefined },
  ])('refuses a token of our own key with %j', async (claims) => {
    expect((await me(signed(claims))).body.code).toBe('invalid_token');
    expect((await me(signed({}))).status).toBe(200);
  });

  it('refuses service tokens, and tokens of a kind that is none of ours', async () => {
    const service = await serviceToken(auth, 'chat', 'auth');
    const refused = await me(service);
    expect([refused.status, refused.body.code]).toEqual([403, 'user_token_required']);
    expect((await me(signed({ sub: 'svc:chat', scope: '*:*' }, 'service'))).status).toBe(403);
    expect((await me(await serviceToken(auth, 'chat', 'accounting'))).body.code).toBe('invalid_token');
  });

  it('refuses a token of a user who is gone, and of an organisation where they are no member', async () => {
    const gone = await me(signed({ sub: 'usr_gone' }));
    expect([gone.status, gone.body.code]).toEqual([401, 'account_disabled']);
    const elsewhere = await me(signed({ org_id: 'org_1' }));
    expect([elsewhere.status, elsewhere.body.code]).toEqual([403, 'membership_inactive']);
  });

  it('refuses an account from the moment it is suspended, with a token from before', async () => {
    const users: Model<User> = auth.app.get(getModelToken(USERS), { strict: false });
    const mine = await logIn(auth, 'user2');
    await users.updateOne({ username: 'user2' }, { $set: { status: 'suspended' } });
    const refused = await me(mine);
    expect([refused.status, refused.body.code]).toEqual([401, 'account_disabled']);
    await users.updateOne({ username: 'user2' }, { $set: { status: 'active' } });
    expect((await me(mine)).status).toBe(200);
  });

  it('[auth A10] refuses a token after its fifteen minutes and the five seconds by which clocks may differ', async () => {
    const mine = await logIn(auth, 'user1');
    installation.clock.advance(904_000);
    expect((await me(mine)).status).toBe(200);
    installation.clock.advance(1_000);
    const { status, body, headers } = await me(mine);
    expect([status, body.code]).toEqual([401, 'token_expired']);
    expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
  });
});

describe('GET /openapi.json', () => {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  let document: any;

  beforeAll(async () => {
    document = (await auth.http.get('/openapi.json')).body;
  });

  it('is a valid OpenAPI 3.1 document', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('says for every operation what it does, and what a good answer looks like', () => {
    const operations = Object.values<object>(document.paths).flatMap((path) => Object.values(path));
    expect(operations.length).toBeGreaterThanOrEqual(9);
    for (const { summary, responses } of operations) {
      expect(summary).toEqual(expect.any(String));
      expect(Object.keys(responses).some((status) => /^[23]/.test(status))).toBe(true);
    }
  });

  it('documents examples that work as they stand', async () => {
    const tokens = {
      access_token: await logIn(auth, 'user1'),
      service_token: await serviceToken(auth, 'chat', 'auth'),
    };
    const { id } = (await auth.http.get('/auth/me', { token: tokens.access_token })).body;
    const { cursor: after } = (await auth.http.get('/internal/security-state', { token: tokens.service_token })).body;
    const named = Object.keys(document.paths).filter((path) => path.includes('{org_id}'));
    const organizations = Object.fromEntries(named.map((path) => [`${path} org_id`, 'org_none']));
    const results = await sendExamples(document, {
      baseUrl: auth.url,
      tokens,
      parameters: {
        ...{ id, user_id: id, after, sid: 'sid_gone', provider: 'acme' },
        ...{
          role_id: 'role_none',
          invitation_id: 'inv_none',
          token: 'a-token',
          permission: 'chat:stream',
          ...organizations,
        },
      },
    });
    expect(results.filter(([, , isDocumented]) => !isDocumented)).toEqual([]);
    expect(results).toEqual(
      expect.arrayContaining([
        ['POST /auth/login', 200, true],
        ['GET /auth/me', 200, true],
        ['POST /oauth/token', 200, true],
        ['GET /internal/authz/grants', 200, true],
        ['GET /internal/users/{id}', 200, true],
      ]),
    );
    expect(results.filter(([operation]) => operation === 'POST /auth/login')).toHaveLength(2);
  });

  it('is shown to people at /docs', async () => {
    const page = await auth.http.get('/docs');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
  });
});
