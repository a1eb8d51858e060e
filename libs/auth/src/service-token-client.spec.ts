import { beforeEach, describe, expect, it } from '@jest/globals';
import { ServiceClient, type ServiceAnswer, type ServiceRequest } from '@parley/platform';
import { TestClock } from '@parley/testing';
import { RemotePermissions } from './remote-permissions.js';
import { ServiceTokenClient } from './service-token-client.js';

/** Auth as it looks to a service: it numbers the tokens it gives and takes only the newest. */
class ScriptedAuth extends ServiceClient {
  given = 0;
  readonly requests: unknown[] = [];
  refusal: ServiceAnswer | undefined;
  private revoked = 0;

  constructor() {
    super('auth', 'http://auth.test');
  }

  revokeAll(): void {
    this.revoked = this.given;
  }

  override call(path: string, { headers, body }: ServiceRequest = {}): Promise<ServiceAnswer> {
    if (this.refusal) return Promise.resolve(this.refusal);
    if (path === '/oauth/token') {
      this.requests.push(body);
      const answer = { access_token: `token-${++this.given}`, token_type: 'Bearer', expires_in: 300, scope: '' };
      return Promise.resolve({ status: 200, body: answer });
    }
    const isRevoked = Number(/\d+$/.exec(headers?.authorization ?? '')?.[0]) <= this.revoked;
    if (isRevoked) return Promise.resolve({ status: 401, body: {} });
    return Promise.resolve({
      status: 200,
      body: { user_id: 'u1', org_id: null, status: 'active', role: 'user', permissions: ['chat:*'] },
    });
  }
}

describe('ServiceTokenClient', () => {
  let clock: TestClock;
  let auth: ScriptedAuth;
  let tokens: ServiceTokenClient;

  beforeEach(() => {
    clock = new TestClock();
    auth = new ScriptedAuth();
    tokens = new ServiceTokenClient(auth, { clientId: 'chat', clientSecret: 'a secret' }, clock);
  });

  it('asks once for callers at the same time, as itself and for one audience', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => tokens.authorization('accounting')));
    expect(new Set(all.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer token-1']));
    expect(auth.requests).toEqual([
      { grant_type: 'client_credentials', client_id: 'chat', client_secret: 'a secret', audience: 'accounting' },
    ]);
  });

  it('keeps one token for each audience until a minute before its end', async () => {
    await tokens.authorization('accounting');
    expect(await tokens.authorization('auth')).toEqual({ authorization: 'Bearer token-2' });
    clock.advance(239_999);
    expect(await tokens.authorization('accounting')).toEqual({ authorization: 'Bearer token-1' });
    clock.advance(1);
    expect(await tokens.authorization('accounting')).toEqual({ authorization: 'Bearer token-3' });
  });

  it('says 503 when auth refuses, and asks again the next time', async () => {
    auth.refusal = { status: 401, body: { code: 'invalid_client' } };
    await expect(tokens.authorization('auth')).rejects.toMatchObject({ code: 'auth_unavailable', status: 503 });
    auth.refusal = undefined;
    expect(await tokens.authorization('auth')).toEqual({ authorization: 'Bearer token-1' });
  });

  it('does not hold on to a token that auth no longer takes', async () => {
    const permissions = new RemotePermissions(auth, tokens, clock);
    const user = { kind: 'user', userId: 'u1', loginSessionId: 's', orgId: null, expiresAt: 0 } as const;
    expect(await permissions.allows(user, 'chat:read')).toBe(true);
    auth.revokeAll();
    clock.advance(2_000);
    await expect(permissions.allows(user, 'chat:read')).rejects.toMatchObject({ status: 503 });
    expect(await permissions.allows(user, 'chat:read')).toBe(true);
  });
});
