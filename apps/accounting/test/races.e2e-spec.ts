import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpAnswer, HttpClient } from '@parley/testing';
import { AccountingHarness, buildHold, flatPrice, type TestUser } from './accounting-harness.js';
import { capOf, createMembers } from './member-pool.js';

let accounting: AccountingHarness;
let instances: HttpClient[];
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  instances = [accounting.http, (await accounting.addInstance()).http];
  await accounting.price('flat', flatPrice(75));
  await accounting.price('dear', flatPrice(75, 1));
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

/** Sends `count` requests at the same moment, in turn to one of two instances. */
const atOnce = <Answer>(count: number, send: (instance: HttpClient, index: number) => Promise<Answer>) =>
  Promise.all(Array.from({ length: count }, (_, index) => send(instances[index % instances.length]!, index)));

const statuses = (answers: readonly HttpAnswer[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};
const createHold = async (user: TestUser, model = 'flat'): Promise<string> =>
  (await accounting.hold(user, buildHold({ model }))).body.hold_id as string;

describe('two instances on one database', () => {
  it('admit exactly 6 of 20 parallel holds of 75 on a balance of 500', async () => {
    const user = await accounting.createUser(500);
    const answers = await atOnce(20, (instance) => accounting.hold(user, buildHold(), instance));
    expect(statuses(answers)).toEqual({ 201: 6, 402: 14 });
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 500, held_ucr: 450, available_ucr: 50 });
  });

  it('never overspend with 200 parallel holds on one account', async () => {
    const user = await accounting.createUser(30 * 75 + 74);
    const answers = await atOnce(200, (instance) => accounting.hold(user, buildHold(), instance));
    expect(statuses(answers)).toEqual({ 201: 30, 402: 170 });
    expect(await accounting.balance(user)).toMatchObject({ held_ucr: 30 * 75, available_ucr: 74 });
  });

  it('make one hold of 20 parallel requests with the same id', async () => {
    const user = await accounting.createUser(500);
    const request = buildHold();
    const answers = await atOnce(20, (instance) => accounting.hold(user, request, instance));
    expect(statuses(answers)).toEqual({ 201: 1, 200: 19 });
    expect((await accounting.balance(user)).held_ucr).toBe(75);
  });

  it('refuse all of 10 parallel requests with the same id alike', async () => {
    const user = await accounting.createUser(74);
    const request = buildHold();
    const answers = await atOnce(10, (instance) => accounting.hold(user, request, instance));
    expect(statuses(answers)).toEqual({ 402: 10 });
  });

  it('charge once for 50 parallel settlements of one hold', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    const answers = await atOnce(50, (instance) => accounting.settle(holdId, {}, instance));
    expect(statuses(answers)).toEqual({ 200: 50 });
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 425, held_ucr: 0, available_ucr: 425 });
  });

  it('let one of settlement and release win, and refuse the other', async () => {
    for (let round = 0; round < 5; round++) {
      const user = await accounting.createUser(500);
      const holdId = await createHold(user);
      const [settled, released] = await Promise.all([
        accounting.settle(holdId, {}, instances[round % 2]),
        accounting.release(holdId, {}, instances[(round + 1) % 2]),
      ]);
      const { balance_ucr } = await accounting.balance(user);
      const codes = [settled.body.code ?? 'won', released.body.code ?? 'won', balance_ucr];
      expect([
        ['won', 'hold_settled', 425],
        ['hold_released', 'won', 500],
      ]).toContainEqual(codes);
    }
  });

  it('give each of many parallel operations of one account an answer of its own', async () => {
    const user = await accounting.createUser(2_000);
    const open = [await createHold(user), await createHold(user), await createHold(user)];
    const answers = await Promise.all([
      ...open.map((holdId) => accounting.settle(holdId)),
      accounting.settle(open[0]!, { outcome: 'stopped' }),
      accounting.hold(user, buildHold({ max_output_tokens: 100_000_000, model: 'dear' })),
      ...[1, 2, 3].map(() => accounting.hold(user, buildHold())),
      accounting.release(open[1]!),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 409, 402, 201, 201, 201, 409]);
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 1_775, held_ucr: 225, available_ucr: 1_550 });
  });

  it('settle 20 holds of one account in parallel', async () => {
    const user = await accounting.createUser(2_000);
    const holdIds = await Promise.all(Array.from({ length: 20 }, () => createHold(user)));
    const answers = await atOnce(20, (instance, index) => accounting.settle(holdIds[index]!, {}, instance));
    expect(statuses(answers)).toEqual({ 200: 20 });
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 500, held_ucr: 0, available_ucr: 500 });
  });

  it('add once for 20 parallel allocations with one Idempotency-Key', async () => {
    const user = accounting.user();
    const body = { user_id: user.id, amount_ucr: 500, reason: 'race' };
    const headers = { 'idempotency-key': 'race-1' };
    const answers = await atOnce(20, (instance) =>
      instance.post('/credits/allocations', body, { token: accounting.admin(), headers }),
    );
    expect(statuses(answers)).toEqual({ 201: 20 });
    expect(answers.filter(({ headers: sent }) => !sent.has('idempotency-replayed'))).toHaveLength(1);
    expect((await accounting.balance(user)).balance_ucr).toBe(500);
  });

  it('add all of 20 parallel allocations without a key, the first of them to an account that was never used', async () => {
    const user = accounting.user();
    const body = { user_id: user.id, amount_ucr: 5, reason: 'race' };
    const answers = await atOnce(20, (instance) =>
      instance.post('/credits/allocations', body, { token: accounting.admin() }),
    );
    expect(statuses(answers)).toEqual({ 201: 20 });
    expect((await accounting.balance(user)).balance_ucr).toBe(100);
  });

  it('give back at most what was charged in 10 parallel refunds', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    await accounting.settle(holdId);
    const body = { hold_id: holdId, amount_ucr: 20, reason: 'race' };
    const answers = await atOnce(10, (instance) =>
      instance.post('/credits/refunds', body, { token: accounting.admin() }),
    );
    expect(statuses(answers)).toEqual({ 201: 3, 422: 7 });
    expect((await accounting.balance(user)).balance_ucr).toBe(485);
  });

  it('take no more than is available in 10 parallel adjustments', async () => {
    const user = await accounting.createUser(500);
    await createHold(user);
    const body = { user_id: user.id, delta_ucr: -100, reason: 'race' };
    const answers = await atOnce(10, (instance) =>
      instance.post('/credits/adjustments', body, { token: accounting.admin() }),
    );
    expect(statuses(answers)).toEqual({ 201: 4, 422: 6 });
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 100, held_ucr: 75, available_ucr: 25 });
  });

  it('answer operations of every kind each for itself while some of them are refused', async () => {
    const user = await accounting.createUser(300);
    const [first, second] = [await createHold(user), await createHold(user)];
    const token = accounting.admin();
    const more = { usage: { input_tokens: 10, output_tokens: 1, source: 'estimated' } };
    const answers = await atOnce(8, (instance, index) => {
      if (index % 4 === 0) return accounting.progress(first, { ...more, seq: index + 1 }, instance);
      if (index % 4 === 1)
        return accounting.hold(user, buildHold({ model: 'dear', max_output_tokens: 1_000 }), instance);
      if (index % 4 === 2) return accounting.settle(second, { outcome: index > 4 ? 'stopped' : 'completed' }, instance);
      return instance.post('/credits/adjustments', { user_id: user.id, delta_ucr: -1_000, reason: 'race' }, { token });
    });
    const codes = answers.map(({ status, body }) => body.code ?? status).sort();
    const [denied, refused] = ['insufficient_credits', 'would_break_holds'];
    expect(codes).toEqual([200, 200, 200, denied, denied, 'settle_mismatch', refused, refused]);
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 225, held_ucr: 75, available_ucr: 150 });
  });

  it('top up each of 20 holds by what there is, and no further', async () => {
    const user = await accounting.createUser(20 * 75 + 7 * 10);
    const holdIds = await Promise.all(Array.from({ length: 20 }, () => createHold(user, 'dear')));
    const usage = { input_tokens: 10, output_tokens: 0, source: 'estimated' };
    const answers = await atOnce(20, (instance, index) =>
      accounting.progress(holdIds[index]!, { usage, top_up_output_tokens: 10 }, instance),
    );
    expect(statuses(answers)).toEqual({ 200: 7, 402: 13 });
    expect((await accounting.balance(user)).available_ucr).toBe(0);
  });

  it('never let parallel allocations lift a balance beyond the limit', async () => {
    const user = await accounting.createUser(Number.MAX_SAFE_INTEGER - 3);
    const answers = await atOnce(10, () => accounting.allocate(user, 1));
    expect(statuses(answers)).toEqual({ 201: 3, 422: 7 });
  });

  it('never overspend while holds, settlements and allocations run all together', async () => {
    const user = await accounting.createUser(300);
    const open = [await createHold(user), await createHold(user)];
    await atOnce(24, (instance, index) => {
      if (index % 6 === 0) return accounting.allocate(user, 20);
      if (index % 6 === 1) return accounting.settle(open[index % 2]!, {}, instance);
      if (index % 6 === 2) return accounting.release(open[(index / 2) % 2]!, {}, instance);
      return accounting.hold(user, buildHold(), instance);
    });
    const { balance_ucr, held_ucr, available_ucr } = await accounting.balance(user);
    expect([available_ucr >= 0, balance_ucr - held_ucr]).toEqual([true, available_ucr]);
  });
});

describe('member caps, on two instances,', () => {
  it('bound 50 parallel holds of the members of one pool', async () => {
    const members = await createMembers(accounting, 5, { day: 2 * 75 + 74, month: 3 * 75 });
    const answers = await atOnce(50, (instance, index) => accounting.hold(members[index % 5]!, buildHold(), instance));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(new Set(refused.map(({ body }) => `${body.code} ${body.available_ucr}`))).toEqual(
      new Set(['member_cap_reached 74']),
    );
    for (const member of members) expect((await capOf(accounting, member))?.held_ucr).toBe(150n);
  });

  it('count what is held and charged in parallel once', async () => {
    const [member] = await createMembers(accounting, 1, { day: 75 * 20 });
    const holds = await atOnce(20, (instance) => accounting.hold(member!, buildHold(), instance));
    await Promise.all(
      holds.map(({ body }, index) =>
        index < 10
          ? accounting.settle(body.hold_id, {}, instances[index % 2])
          : accounting.release(body.hold_id, {}, instances[index % 2]),
      ),
    );
    expect(await capOf(accounting, member!)).toMatchObject({ held_ucr: 0n, spent_ucr: 750n });
  });
});
