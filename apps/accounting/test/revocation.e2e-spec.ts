import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AccountingHarness, buildHold, flatPrice, problem, refusal, type TestUser } from './accounting-harness.js';

let accounting: AccountingHarness;
let user: TestUser;
let admin: TestUser;

beforeAll(async () => {
  accounting = await AccountingHarness.start();
  await accounting.price('flat', flatPrice(10));
});
beforeEach(async () => {
  // Long enough that everything heard before is over.
  accounting.clock.advance(10_000_000);
  admin = accounting.user(['credits:*', 'prices:*']);
  user = accounting.user();
  await pay(user);
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

const pay = ({ id }: TestUser, http = accounting.http) =>
  http.post('/credits/allocations', { user_id: id, amount_ucr: 100, reason: 'test' }, { token: admin.token });
const read = ({ token }: TestUser, http = accounting.http) => http.get('/credits/balance', { token });
/** Until the feed has been heard again after the clock was moved. */
const heardAgain = async () => {
  accounting.auth.feed.add({ type: 'api-key-revoked', key_id: 'none' });
  await accounting.auth.feed.delivered();
};

describe('[auth C4] as soon as auth tells of it', () => {
  it.each([
    ['a login session that ended', 'session_revoked', () => accounting.auth.endSession(user.id)],
    ['another credential', 'credential_changed', () => accounting.auth.changeCredential(user.id)],
    [
      '[auth C10] a disabled account',
      'account_disabled',
      () => accounting.auth.change(user.id, ['chat:stream'], { status: 'suspended' }),
    ],
  ])('%s refuses its tokens with %s', async (_what, code, happen) => {
    expect((await read(user)).status).toBe(200);
    accounting.clock.advance(1);
    await happen();
    const answer = await read(user);
    expect(refusal(answer)).toEqual(problem(401, code));
    expect(answer.headers.get('www-authenticate')).toBe(
      `Bearer realm="parley", error="invalid_token", error_description="${code}"`,
    );
    if (code === 'account_disabled') expect(answer.body.detail).toBe('User account is deactivated');
    expect(refusal(await accounting.hold(user, buildHold()))).toEqual(problem(401, code));
    expect((await read(admin)).status).toBe(200);
    accounting.auth.voidTokens.clear();
  });

  it('a token from after a change of the credential is good', async () => {
    await accounting.auth.changeCredential(user.id);
    expect((await read({ ...user, token: accounting.auth.accessToken(user.id) })).status).toBe(200);
  });

  it('a right that was taken away is gone, and one that was given is there', async () => {
    await accounting.auth.change(admin.id, ['credits:read']);
    expect(refusal(await pay(user))).toEqual(problem(403, 'permission_denied'));
    await accounting.auth.change(admin.id, ['credits:*']);
    expect((await pay(user)).status).toBe(201);
  });
});

describe('[auth C4] while nothing changes', () => {
  it('a request costs no call to auth', async () => {
    await heardAgain();
    await read(user);
    await pay(user);
    accounting.auth.requests = [];
    for (let count = 0; count < 50; count++) {
      expect([(await read(user)).status, (await pay(user)).status]).toEqual([200, 201]);
    }
    // Whether the receiver exists is asked of auth for each allocation; of who calls nothing is asked.
    expect(accounting.auth.requests.filter((path) => !path.startsWith('/internal/users/'))).toEqual([]);
  });
});

describe('[attack 31] while the feed is cut', () => {
  const cutFor = (ms: number) => {
    accounting.auth.feed.cut();
    accounting.clock.advance(ms);
  };
  afterAll(() => accounting.auth.feed.mend());
  beforeEach(async () => {
    accounting.auth.down = false;
    accounting.auth.feed.mend();
    await heardAgain();
    await Promise.all([read(user), read(admin)]);
  });

  it('what moves money is refused for a revoked user, and reads go on', async () => {
    cutFor(15_000);
    accounting.auth.voidTokens.set(admin.id, 'session_revoked').set(user.id, 'session_revoked');
    const before = await accounting.counts();
    expect(refusal(await pay(user))).toEqual(problem(401, 'session_revoked'));
    expect(refusal(await accounting.hold(user, buildHold()))).toEqual(problem(401, 'session_revoked'));
    expect(await accounting.counts()).toEqual(before);
    expect((await read(user)).status).toBe(200);
    accounting.auth.voidTokens.clear();
    expect((await pay(user)).status).toBe(201);
  });

  it('a right that was taken away is gone where money moves', async () => {
    cutFor(15_000);
    accounting.auth.user(admin.id, []);
    expect(refusal(await pay(user))).toEqual(problem(403, 'permission_denied'));
  });

  it('with auth down too nothing moves money, and a read is good for a minute, then neither yes nor no, until the token ends', async () => {
    cutFor(15_000);
    accounting.auth.down = true;
    expect(refusal(await pay(user))).toEqual(problem(503, 'authz_unavailable'));
    expect(refusal(await accounting.hold(user, buildHold()))).toEqual(problem(503, 'authz_unavailable'));
    expect((await read(user)).status).toBe(200);
    accounting.clock.advance(60_000);
    const later = await read(user);
    expect([...refusal(later), later.headers.get('retry-after')]).toEqual([...problem(503, 'authz_unavailable'), '2']);
    accounting.clock.advance(900_000);
    expect(refusal(await read(user))).toEqual(problem(401, 'token_expired'));
  });
});

describe('[attack 32] a service that was restarted after a revocation', () => {
  it('lets nobody in until it knows what is void, and then not the revoked one', async () => {
    accounting.auth.down = false;
    accounting.auth.feed.mend();
    await heardAgain();
    const other = accounting.user();
    await accounting.auth.endSession(user.id);
    accounting.auth.feed.cut();
    const { http } = await accounting.addInstance();
    for (const each of [user, other])
      expect(refusal(await read(each, http))).toEqual(problem(503, 'authz_unavailable'));
    const ready = await http.get('/health/ready');
    expect([ready.status, ready.body.missing]).toEqual([503, ['security_state']]);
    accounting.auth.feed.mend();
    while ((await http.get('/health/ready')).status !== 200);
    expect(refusal(await read(user, http))).toEqual(problem(401, 'session_revoked'));
    expect((await read(other, http)).status).toBe(200);
  });
});
