import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccountingHarness, buildHold, flatPrice, problem, refusal, type TestUser } from './accounting-harness.js';

let accounting: AccountingHarness;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  await accounting.price('flat', flatPrice(75));
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

/** A hold that was settled for 75. */
const createCharged = async (user: TestUser): Promise<string> => {
  const { body } = await accounting.hold(user, buildHold());
  await accounting.settle(body.hold_id);
  return body.hold_id;
};
const balanceOf = async (user: TestUser) => (await accounting.balance(user)).balance_ucr;

describe('POST /credits/adjustments', () => {
  it.each([
    [250, 750],
    [-250, 250],
    [-500, 0],
  ])('moves a balance of 500 by %d', async (delta, balance) => {
    const user = await accounting.createUser(500);
    const { status, body } = await accounting.adjust(user, delta);
    expect([status, body.delta_ucr, body.balance_ucr, await balanceOf(user)]).toEqual([201, delta, balance, balance]);
    expect((await accounting.entries(user)).at(-1)).toMatchObject({
      type: 'adjustment',
      delta_ucr: BigInt(delta),
      counterparty: 'sys:issuance',
      actor: 'usr_admin',
      reason: 'test',
    });
  });

  it('refuses to take what a hold has set aside', async () => {
    const user = await accounting.createUser(500);
    await accounting.hold(user, buildHold());
    expect(refusal(await accounting.adjust(user, -426))).toEqual(problem(422, 'would_break_holds'));
    expect((await accounting.adjust(user, -425)).status).toBe(201);
  });

  it('answers a repetition with the first answer, even when it could no longer be borne', async () => {
    const user = await accounting.createUser(500);
    const key = { 'idempotency-key': 'adj-1' };
    const first = await accounting.adjust(user, -400, key);
    const again = await accounting.adjust(user, -400, key);
    expect([again.body, again.headers.get('idempotency-replayed')]).toEqual([first.body, 'true']);
    expect(refusal(await accounting.adjust(user, -1, key))).toEqual(problem(409, 'idempotency_mismatch'));
    expect(await balanceOf(user)).toBe(100);
  });

  it('takes once for 10 with one key at the same moment', async () => {
    const user = await accounting.createUser(500);
    const key = { 'idempotency-key': 'adj-2' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => accounting.adjust(user, -100, key)));
    expect([new Set(answers.map(({ status }) => status)), await balanceOf(user)]).toEqual([new Set([201]), 400]);
  });

  it.each<[string, Record<string, unknown>, number, string]>([
    ['nothing', { delta_ucr: 0 }, 400, 'amount_invalid'],
    ['a fraction', { delta_ucr: 0.5 }, 400, 'amount_invalid'],
    ['a numeric string', { delta_ucr: '5' }, 400, 'amount_invalid'],
    ['2^53', { delta_ucr: -(2 ** 53) }, 400, 'amount_invalid'],
    ['half a character', { reason: 'a\ud800' }, 400, 'validation_failed'],
    ['nobody', { user_id: undefined }, 400, 'validation_failed'],
    ['two owners', { org_id: 'org_1' }, 400, 'validation_failed'],
    ['an account that was never used', { user_id: 'usr_never' }, 404, 'account_not_found'],
  ])('refuses %s, and changes nothing', async (_name, change, status, code) => {
    const body = { user_id: (await accounting.createUser(5)).id, delta_ucr: 1, reason: 'x', ...change };
    const before = await accounting.counts();
    const answer = await accounting.http.post('/credits/adjustments', body, { token: accounting.admin() });
    expect(refusal(answer)).toEqual(problem(status, code));
    expect(await accounting.counts()).toEqual(before);
  });
});

describe('POST /credits/refunds', () => {
  it('gives back all that a hold was charged', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createCharged(user);
    const { status, body } = await accounting.refund({ hold_id: holdId });
    expect([status, body]).toMatchObject([201, { delta_ucr: 75, hold_id: holdId, balance_ucr: 500 }]);
    expect((await accounting.entries(user)).at(-1)).toMatchObject({
      type: 'refund',
      counterparty: 'sys:revenue',
      hold_id: holdId,
    });
  });

  it('adds several parts up, and never to more than the charge', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createCharged(user);
    expect((await accounting.refund({ hold_id: holdId, amount_ucr: 30 })).status).toBe(201);
    expect((await accounting.refund({ entry_id: `close:${holdId}`, amount_ucr: 40 })).status).toBe(201);
    const answer = await accounting.refund({ hold_id: holdId, amount_ucr: 6 });
    expect([...refusal(answer), answer.body.refundable_ucr]).toEqual([...problem(422, 'refund_exceeds_charge'), 5]);
    expect((await accounting.refund({ hold_id: holdId })).body.delta_ucr).toBe(5);
    expect(refusal(await accounting.refund({ hold_id: holdId }))).toEqual(problem(422, 'refund_exceeds_charge'));
    expect(await balanceOf(user)).toBe(500);
  });

  it('counts what was given back of an expiry when its late settlement is given back', async () => {
    await accounting.price('counted', flatPrice(5, 1));
    const user = await accounting.createUser(500);
    const { hold_id } = (await accounting.hold(user, buildHold({ model: 'counted', max_output_tokens: 70 }))).body;
    const used = (output_tokens: number) => ({ usage: { input_tokens: 10, output_tokens, source: 'provider' } });
    await accounting.progress(hold_id, used(25));
    await accounting.abandon(hold_id);
    await accounting.sweep();
    expect((await accounting.refund({ hold_id })).body.delta_ucr).toBe(30);
    await accounting.settle(hold_id, used(65));
    const tooMuch = await accounting.refund({ entry_id: `late:${hold_id}`, amount_ucr: 41 });
    expect([...refusal(tooMuch), tooMuch.body.refundable_ucr]).toEqual([...problem(422, 'refund_exceeds_charge'), 40]);
    expect((await accounting.refund({ hold_id })).body.delta_ucr).toBe(40);
    expect(await balanceOf(user)).toBe(500);
  });

  it('never gives back more than the charge for 10 at the same moment', async () => {
    const user = await accounting.createUser(500);
    const hold_id = await createCharged(user);
    const answers = await Promise.all(Array.from({ length: 10 }, () => accounting.refund({ hold_id, amount_ucr: 20 })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(await balanceOf(user)).toBe(485);
  });

  it('gives back once for 10 with one key at the same moment', async () => {
    const user = await accounting.createUser(500);
    const hold_id = await createCharged(user);
    const key = { 'idempotency-key': 'refund-1' };
    const answers = await Promise.all(Array.from({ length: 10 }, () => accounting.refund({ hold_id }, key)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.entry_id}`)).size).toBe(1);
    expect(await balanceOf(user)).toBe(500);
  });

  it('knows a key again before it looks for the hold', async () => {
    const holdId = await createCharged(await accounting.createUser(500));
    const key = { 'idempotency-key': 'refund-2' };
    await accounting.refund({ hold_id: holdId }, key);
    const other = await accounting.refund({ hold_id: 'stream-x' }, key);
    expect(refusal(other)).toEqual(problem(409, 'idempotency_mismatch'));
  });

  it.each<[string, (holdId: string) => Record<string, unknown>, number, string]>([
    ['a hold that does not exist', () => ({ hold_id: 'stream-x' }), 404, 'entry_not_found'],
    ['an entry that does not exist', () => ({ entry_id: 'close:x' }), 404, 'entry_not_found'],
    ['an entry that charged nothing', (id) => ({ entry_id: `hold:${id}` }), 422, 'refund_exceeds_charge'],
    ['more than the charge', (id) => ({ hold_id: id, amount_ucr: 76 }), 422, 'refund_exceeds_charge'],
    ['a fraction', (id) => ({ hold_id: id, amount_ucr: 0.5 }), 400, 'amount_invalid'],
    ['a negative amount', (id) => ({ hold_id: id, amount_ucr: -1 }), 400, 'amount_invalid'],
    ['nothing', () => ({}), 400, 'validation_failed'],
    ['two charges', (id) => ({ hold_id: id, entry_id: `close:${id}` }), 400, 'validation_failed'],
  ])('refuses %s, and changes nothing', async (_name, body, status, code) => {
    const user = await accounting.createUser(500);
    const holdId = await createCharged(user);
    const before = await accounting.counts();
    expect(refusal(await accounting.refund(body(holdId)))).toEqual(problem(status, code));
    expect(await accounting.counts()).toEqual(before);
  });
});

describe.each(['adjustments', 'refunds'])('POST /credits/%s', (what) => {
  it.each<[string, () => string, number, string]>([
    ['a user without the permission', () => accounting.user().token, 403, 'permission_denied'],
    ['one who may only give', () => accounting.user(['credits:allocate']).token, 403, 'permission_denied'],
    ['a service', () => accounting.chat(), 403, 'user_token_required'],
    [
      'one whose right is from an organisation',
      () => {
        accounting.auth.user('usr_owner', ['*']);
        return accounting.auth.accessToken('usr_owner', { org_id: 'org_1' });
      },
      403,
      'permission_denied',
    ],
  ])('refuses %s', async (_name, token, status, code) => {
    const correction = what === 'refunds' ? { hold_id: 'x' } : { user_id: 'usr_1', delta_ucr: 1 };
    const answer = await accounting.http.post(`/credits/${what}`, { ...correction, reason: 'x' }, { token: token() });
    expect(refusal(answer)).toEqual(problem(status, code));
  });
});

describe('POST /credits/allocations of an opening balance', () => {
  const open = (user: TestUser) =>
    accounting.http.post(
      '/credits/allocations',
      { user_id: user.id, amount_ucr: 500, reason: 'from the old books', type: 'opening_balance' },
      { token: accounting.admin() },
    );

  it('is the first entry of an account', async () => {
    const user = accounting.user();
    expect((await open(user)).status).toBe(201);
    expect(await accounting.entries(user)).toMatchObject([{ type: 'opening_balance', delta_ucr: 500n }]);
  });

  it('and only the first one', async () => {
    const user = await accounting.createUser(1);
    expect(refusal(await open(user))).toEqual(problem(422, 'account_already_used'));
    expect(await balanceOf(user)).toBe(1);
  });
});
