import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ServiceAnswer, ServiceClient, type ServiceRequest } from '@parley/platform';
import { AuthStandIn, TestClock } from '@parley/testing';
import { ServiceTokenClient } from '../services/service-token-client.js';
import type { UserPrincipal } from '../who/principal.js';
import { RemotePermissions } from './remote-permissions.js';

const principal = (userId: string): UserPrincipal => ({
  kind: 'user',
  userId,
  loginSessionId: 'sid_1',
  orgId: null,
  expiresAt: Number.MAX_SAFE_INTEGER,
});
const asked = (path: string) => (auth: AuthStandIn) => auth.requests.filter((each) => each === path).length;
const grantsAsked = asked('/internal/authz/grants');
const tokensAsked = asked('/oauth/token');

describe('RemotePermissions', () => {
  let clock: TestClock;
  let auth: AuthStandIn;
  let permissions: RemotePermissions;

  beforeEach(async () => {
    clock = new TestClock();
    auth = await AuthStandIn.start(clock);
    const client = new ServiceClient('auth', auth.url);
    const tokens = new ServiceTokenClient(client, { clientId: 'chat', clientSecret: 's'.repeat(32) }, clock);
    permissions = new RemotePermissions(client, tokens, clock);
    auth.user('u1', ['chat:*']);
  });
  afterEach(() => auth.stop());

  it('asks once for many requests at the same time, with one service token', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => permissions.grantsOf(principal('u1'))));
    expect(answers.every(({ permissions: all }) => all[0] === 'chat:*')).toBe(true);
    expect(grantsAsked(auth)).toBe(1);
    expect(tokensAsked(auth)).toBe(1);
  });

  it('knows of a change after two seconds at the latest', async () => {
    expect(await permissions.allows(principal('u1'), 'chat:stream')).toBe(true);
    auth.user('u1', ['models:read']);
    clock.advance(1_999);
    expect(await permissions.allows(principal('u1'), 'chat:stream')).toBe(true);
    clock.advance(1);
    expect(await permissions.allows(principal('u1'), 'chat:stream')).toBe(false);
  });

  it('keeps users apart', async () => {
    auth.user('u2', ['models:read']);
    expect(await permissions.allows(principal('u1'), 'chat:stream')).toBe(true);
    expect(await permissions.allows(principal('u2'), 'chat:stream')).toBe(false);
  });

  it('allows nothing to an account that is not active', async () => {
    auth.user('u1', ['*:*'], { status: 'suspended' });
    expect(await permissions.allows(principal('u1'), 'chat:stream')).toBe(false);
  });

  it('says account_disabled for a user who is gone', async () => {
    await expect(permissions.grantsOf(principal('gone'))).rejects.toMatchObject({
      code: 'account_disabled',
      status: 401,
    });
  });

  it('says 503 while auth is down, neither allowed nor denied, and does not remember it', async () => {
    auth.down = true;
    await expect(permissions.grantsOf(principal('u1'))).rejects.toMatchObject({
      code: 'auth_unavailable',
      status: 503,
    });
    auth.down = false;
    expect(await permissions.allows(principal('u1'), 'chat:stream')).toBe(true);
  });

  it('renews its service token a minute before the end', async () => {
    await permissions.grantsOf(principal('u1'));
    clock.advance(239_000);
    await permissions.grantsOf(principal('u1'));
    expect(tokensAsked(auth)).toBe(1);
    clock.advance(2_000);
    await permissions.grantsOf(principal('u1'));
    expect(tokensAsked(auth)).toBe(2);
  });
});

/** Auth after its keys have changed: it takes only tokens that were given since. */
class AuthWithNewKeys extends ServiceClient {
  private given = 0;
  private revoked = 0;

  constructor() {
    super('auth', 'http://auth.test');
  }

  changeKeys(): void {
    this.revoked = this.given;
  }

  override call(path: string, { headers }: ServiceRequest = {}): Promise<ServiceAnswer> {
    if (path === '/oauth/token') {
      const answer = { access_token: `token-${++this.given}`, token_type: 'Bearer', expires_in: 300, scope: '' };
      return Promise.resolve({ status: 200, body: answer });
    }
    const isRevoked = Number(/\d+$/.exec(headers?.authorization ?? '')?.[0]) <= this.revoked;
    if (isRevoked) return Promise.resolve({ status: 401, body: {} });
    const body = { user_id: 'u1', org_id: null, status: 'active', role: 'user', permissions: ['chat:*'] };
    return Promise.resolve({ status: 200, body });
  }
}

describe("RemotePermissions after a change of auth's keys", () => {
  it('does not hold on to a token that auth no longer takes', async () => {
    const clock = new TestClock();
    const auth = new AuthWithNewKeys();
    const tokens = new ServiceTokenClient(auth, { clientId: 'chat', clientSecret: 'a secret' }, clock);
    const permissions = new RemotePermissions(auth, tokens, clock);
    const user = principal('u1');
    expect(await permissions.allows(user, 'chat:read')).toBe(true);
    auth.changeKeys();
    clock.advance(2_000);
    await expect(permissions.allows(user, 'chat:read')).rejects.toMatchObject({ status: 503 });
    expect(await permissions.allows(user, 'chat:read')).toBe(true);
  });
});
