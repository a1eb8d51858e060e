import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestService } from '@parley/testing';
import { AccountingHarness, buildHold, flatPrice, problem, refusal, type TestUser } from './accounting-harness.js';
import { ReconciliationScene } from './reconciliation-scene.js';

const dayMs = 86_400_000;
let accounting: AccountingHarness;
let other: TestService;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  other = await accounting.addInstance();
  await accounting.price('flat', flatPrice(5, 1));
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

const inDays = (days: number) => new Date(accounting.clock.now() + days * dayMs).toISOString();
const give = (user: TestUser, amount: number, days?: number, headers: Record<string, string> = {}) =>
  accounting.allocate(user, amount, headers, days === undefined ? {} : { expires_at: inDays(days) });
/** A user's token does not live as long as these suites. */
const awake = ({ id }: TestUser): TestUser => ({ id, token: accounting.auth.accessToken(id) });
const balance = (user: TestUser) => accounting.balance(awake(user));
/** A call of 75, of which `used` tokens and the call itself are charged. */
const hold75 = async (user: TestUser) =>
  (await accounting.hold(awake(user), buildHold({ max_output_tokens: 70 }))).body.hold_id as string;
const use = (holdId: string, output_tokens: number) =>
  accounting.settle(holdId, { usage: { input_tokens: 10, output_tokens, source: 'provider' } });
const pass = async (days: number) => {
  accounting.clock.advance(days * dayMs);
  await accounting.takeBackExpired();
};
const expiries = async (user: TestUser) =>
  (await accounting.entries(user))
    .filter(({ type }) => type === 'expiry')
    .map(({ _id, delta_ucr }) => [_id, delta_ucr]);

describe('POST /credits/allocations with expires_at', () => {
  it('gives credits that are there until then', async () => {
    const user = accounting.user();
    const { status, body } = await give(user, 500, 10);
    expect([status, body.expires_at]).toEqual([201, inDays(10)]);
    await pass(9);
    expect((await balance(user)).balance_ucr).toBe(500);
    await pass(1);
    expect((await balance(user)).balance_ucr).toBe(0);
    expect(await accounting.entries(user)).toMatchObject([
      { type: 'allocation', counterparty: 'sys:issuance' },
      {
        _id: `expiry:${body.entry_id}:1`,
        type: 'expiry',
        delta_ucr: -500n,
        counterparty: 'sys:expired',
        expiry_of: body.entry_id,
        actor: 'svc:accounting',
      },
    ]);
  });

  it.each<[string, () => Record<string, unknown>, number, string]>([
    ['an end that has passed', () => ({ expires_at: inDays(0) }), 422, 'expires_in_the_past'],
    ['something that is no time', () => ({ expires_at: 'tomorrow' }), 400, 'validation_failed'],
  ])('refuses %s', async (_name, change, status, code) => {
    const user = accounting.user();
    expect(refusal(await accounting.allocate(user, 5, {}, change()))).toEqual(problem(status, code));
    expect(await accounting.entries(user)).toEqual([]);
  });

  it('is repeated by its key, also after the end, and no other end has the same key', async () => {
    const user = accounting.user();
    const key = { 'idempotency-key': `expires-${user.id}` };
    const change = { expires_at: inDays(1) };
    const first = await accounting.allocate(user, 50, key, change);
    await pass(2);
    expect((await accounting.allocate(user, 50, key, change)).body).toEqual(first.body);
    expect(refusal(await accounting.allocate(user, 50, key, { expires_at: inDays(5) }))).toEqual(
      problem(409, 'idempotency_mismatch'),
    );
    expect((await balance(user)).balance_ucr).toBe(0);
  });
});

describe('what is spent', () => {
  it('comes off what expires first', async () => {
    const user = await accounting.createUser(100);
    await give(user, 100, 9);
    await give(user, 100, 3);
    await use(await hold75(user), 70);
    await pass(3);
    expect((await balance(user)).balance_ucr).toBe(200);
    await use(await hold75(user), 70);
    await pass(6);
    expect((await balance(user)).balance_ucr).toBe(100);
    expect((await expiries(user)).map(([, delta]) => delta)).toEqual([-25n, -25n]);
  });
});

describe('what is held', () => {
  it('is not taken until it is released, and then once', async () => {
    const user = accounting.user();
    const { entry_id: id } = (await give(user, 100, 1)).body;
    const holdId = await hold75(user);
    await pass(1);
    expect(await balance(user)).toEqual({ balance_ucr: 75, held_ucr: 75, available_ucr: 0 });
    await accounting.release(holdId);
    await pass(1);
    await pass(1);
    expect(await expiries(user)).toEqual([
      [`expiry:${id}:1`, -25n],
      [`expiry:${id}:2`, -75n],
    ]);
  });

  it('is paid with what has expired since', async () => {
    const user = await accounting.createUser(100);
    await give(user, 100, 1);
    const holdId = await hold75(user);
    await pass(1);
    expect((await use(holdId, 70)).body).toMatchObject({ charged_ucr: 75, balance_ucr: 100 });
    await pass(1);
    expect((await balance(user)).balance_ucr).toBe(100);
  });
});

describe('taking back', () => {
  it('happens once, whichever of two instances looks, and however often', async () => {
    const users = await Promise.all(Array.from({ length: 4 }, () => accounting.createUser(10)));
    for (const user of users) await give(user, 100, 1);
    accounting.clock.advance(dayMs);
    const instances = [accounting.service, other, accounting.service, other];
    await Promise.all(instances.map((instance) => accounting.takeBackExpired(instance)));
    await accounting.takeBackExpired();
    for (const user of users) expect((await expiries(user)).map(([, delta]) => delta)).toEqual([-100n]);
  });

  it('and a call at the same moment leave neither below nothing', async () => {
    const user = accounting.user();
    await give(user, 100, 1);
    accounting.clock.advance(dayMs);
    const [, held] = await Promise.all([
      accounting.takeBackExpired(other),
      accounting.hold(awake(user), buildHold({ max_output_tokens: 70 })),
    ]);
    const { balance_ucr, held_ucr } = await balance(user);
    expect(held.status === 201 ? held_ucr : balance_ucr).toBe(held.status === 201 ? 75 : 0);
    expect(balance_ucr).toBeGreaterThanOrEqual(held_ucr);
  });

  it('waits while an account is frozen', async () => {
    const user = accounting.user();
    await give(user, 100, 1);
    const accounts = accounting.db.collection<{ _id: string }>('credit_accounts');
    await accounts.updateOne({ _id: `user:${user.id}` }, { $set: { status: 'frozen' } });
    await pass(2);
    expect(await expiries(user)).toEqual([]);
    await accounts.updateOne({ _id: `user:${user.id}` }, { $set: { status: 'active' } });
    await pass(1);
    expect((await expiries(user)).map(([, delta]) => delta)).toEqual([-100n]);
  });
});

describe('the books with expired credits', () => {
  it('reconcile in full, and show an expiry that took too much', async () => {
    const user = await accounting.createUser(100);
    const { entry_id: id } = (await give(user, 100, 1)).body;
    await pass(1);
    const scene = new ReconciliationScene(accounting);
    await scene.seal();
    expect((await scene.reconcile()).drift).toEqual([]);
    expect((await scene.verify(`user:${user.id}`)).sound).toBe(true);
    const entries = accounting.db.collection<{ _id: string }>('credit_entries');
    await entries.updateOne({ _id: id }, { $set: { expires_at: new Date(inDays(1)) } });
    const { drift } = await scene.verify(`user:${user.id}`);
    expect(drift).toMatchObject([{ invariant: 'I14' }]);
    await entries.updateOne({ _id: id }, { $set: { expires_at: new Date(inDays(0)) } });
  });
});
