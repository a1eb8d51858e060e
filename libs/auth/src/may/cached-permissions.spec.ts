import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chatPermissions, type SecurityChange } from '@parley/contracts';
import { type ServiceAnswer, ServiceClient, type ServiceRequest } from '@parley/platform';
import { AuthStandIn, buildUser, newGate, TestClock } from '@parley/testing';
import { ServiceTokenClient } from '../services/service-token-client.js';
import { Revocations } from '../revocations/revocations.js';
import { CachedPermissions } from './cached-permissions.js';
import { PermissionCatalogue } from './permission-catalogue.js';

const catalogue = new PermissionCatalogue(chatPermissions);

const principal = (userId: string, orgId: string | null = null) => buildUser({ userId, orgId });
const tokenChange = (sub: string, org_id: string | null): SecurityChange => ({
  type: 'token-claims-change',
  sub,
  org_id,
  mv: 1,
});
const asked = (path: string) => (auth: AuthStandIn) => auth.requests.filter((each) => each === path).length;
const grantsAsked = asked('/internal/authz/grants');
const tokensAsked = asked('/oauth/token');

describe('CachedPermissions', () => {
  let clock: TestClock;
  let auth: AuthStandIn;
  let permissions: CachedPermissions;
  let revocations: Revocations;
  let told = 0;
  const tell = (change: SecurityChange) => revocations.apply([{ id: `sev_${++told}`, at: clock.now(), ...change }]);

  beforeEach(async () => {
    clock = new TestClock();
    auth = await AuthStandIn.start(clock);
    const client = new ServiceClient('auth', auth.url);
    const tokens = new ServiceTokenClient(client, { clientId: 'chat', clientSecret: 's'.repeat(32) }, clock);
    revocations = new Revocations();
    permissions = new CachedPermissions(client, tokens, clock, revocations, catalogue);
    auth.user('u1', ['chat:*']);
  });
  afterEach(() => auth.stop());

  it('asks once for many requests at the same time, with one service token', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => permissions.grantsOf(principal('u1'))));
    expect(answers.every(({ permissions: all }) => all[0] === 'chat:*')).toBe(true);
    expect(grantsAsked(auth)).toBe(1);
    expect(tokensAsked(auth)).toBe(1);
  });

  it('asks nothing for a minute while nothing changes', async () => {
    for (let count = 0; count < 1_000; count++) await permissions.grantsOf(principal('u1'));
    clock.advance(59_999);
    await permissions.grantsOf(principal('u1'));
    expect(grantsAsked(auth)).toBe(1);
    clock.advance(1);
    await permissions.grantsOf(principal('u1'));
    expect(grantsAsked(auth)).toBe(2);
  });

  it.each<SecurityChange>([
    tokenChange('u1', null),
    { type: 'account-disabled', sub: 'u1' },
    { type: 'account-enabled', sub: 'u1' },
  ])('knows of a change as soon as it is told of %j', async (change) => {
    expect(await permissions.allows(principal('u1'), 'chat:stream')).toBe(true);
    auth.user('u1', ['models:read']);
    expect(await permissions.allows(principal('u1'), 'chat:stream')).toBe(true);
    tell(change);
    expect(await permissions.allows(principal('u1'), 'chat:stream')).toBe(false);
  });

  it.each<[SecurityChange, asks: [number, number, number]]>([
    [tokenChange('u1', 'org_1'), [0, 1, 0]],
    [tokenChange('u2', 'org_1'), [0, 0, 0]],
    [{ type: 'role-changed', org_id: 'org_1', rid: 'role_1', rv: 2 }, [0, 1, 0]],
    [{ type: 'org-changed', org_id: 'org_2' }, [0, 0, 1]],
    [{ type: 'session-revoked', sid: 'ses_u1' }, [0, 0, 0]],
  ])('asks anew only about those whom %j concerns', async (change, expected) => {
    const everywhere = [principal('u1'), principal('u1', 'org_1'), principal('u1', 'org_2')];
    for (const user of everywhere) await permissions.grantsOf(user);
    tell(change);
    const asked: number[] = [];
    for (const user of everywhere) {
      const before = grantsAsked(auth);
      await permissions.grantsOf(user);
      asked.push(grantsAsked(auth) - before);
    }
    expect(asked).toEqual(expected);
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
      code: 'authz_unavailable',
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
    permissions.forget(principal('u1'));
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

describe("CachedPermissions after a change of auth's keys", () => {
  it('does not hold on to a token that auth no longer takes', async () => {
    const clock = new TestClock();
    const auth = new AuthWithNewKeys();
    const tokens = new ServiceTokenClient(auth, { clientId: 'chat', clientSecret: 'a secret' }, clock);
    const permissions = new CachedPermissions(auth, tokens, clock, new Revocations(), catalogue);
    const user = principal('u1');
    expect(await permissions.allows(user, 'chat:read')).toBe(true);
    auth.changeKeys();
    permissions.forget(user);
    expect(await permissions.allows(user, 'chat:read')).toBe(true);
  });
});

/** Auth whose answer about grants was decided before a change and arrives after it. */
class SlowAuth extends ServiceClient {
  readonly gate = newGate();
  permissions = ['chat:*'];
  asked = 0;

  constructor() {
    super('auth', 'http://auth.test');
  }

  override async call(path: string): Promise<ServiceAnswer> {
    if (path === '/oauth/token') {
      return { status: 200, body: { access_token: 'a token', token_type: 'Bearer', expires_in: 300, scope: '' } };
    }
    const body = { user_id: 'u1', org_id: null, status: 'active', role: 'user', permissions: this.permissions };
    if (++this.asked === 1) await this.gate.pass();
    return { status: 200, body };
  }
}

describe('[auth C4] an answer that was on its way when rights changed', () => {
  it('is not remembered: whoever asks after the change hears of it', async () => {
    const clock = new TestClock();
    const [auth, revocations] = [new SlowAuth(), new Revocations()];
    const tokens = new ServiceTokenClient(auth, { clientId: 'chat', clientSecret: 'a secret' }, clock);
    const permissions = new CachedPermissions(auth, tokens, clock, revocations, catalogue);
    const before = permissions.allows(principal('u1'), 'chat:stream');
    await auth.gate.reached;
    auth.permissions = [];
    revocations.apply([{ id: 'sev_1', at: clock.now(), ...tokenChange('u1', null) }]);
    const after = permissions.allows(principal('u1'), 'chat:stream');
    expect(await after).toBe(false);
    auth.gate.release();
    await before;
    expect(await permissions.allows(principal('u1'), 'chat:stream')).toBe(false);
    expect(auth.asked).toBe(2);
  });
});
