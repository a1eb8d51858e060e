import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AccountingHarness,
  buildHold,
  buildHoldId,
  flatPrice,
  problem,
  refusal,
  type TestUser,
} from './accounting-harness.js';

let accounting: AccountingHarness;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  await accounting.price('flat', flatPrice(5, 1));
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

/** A hold of 75: five for the call, one for each of 70 tokens of output. */
const createHold = async (user: TestUser): Promise<string> => {
  const { body } = await accounting.hold(user, buildHold({ max_output_tokens: 70 }));
  expect(body.amount_ucr).toBe(75);
  return body.hold_id;
};
const used = (output_tokens: number, change: Record<string, unknown> = {}) => ({
  usage: { input_tokens: 10, output_tokens, source: 'provider' },
  ...change,
});

describe('POST /holds/{id}/settle', () => {
  it('charges what was used, returns the rest and says what the balance is', async () => {
    const holdId = await createHold(await accounting.createUser(500));
    const { status, body } = await accounting.settle(holdId, used(25));
    expect([status, body]).toMatchObject([
      200,
      {
        hold_id: holdId,
        state: 'settled',
        amount_ucr: 75,
        charged_ucr: 30,
        released_ucr: 45,
        uncollected_ucr: 0,
        balance_ucr: 470,
      },
    ]);
  });

  it('frees the hold', async () => {
    const user = await accounting.createUser(500);
    await accounting.settle(await createHold(user), used(25));
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 470, held_ucr: 0, available_ucr: 470 });
  });

  it('writes one entry with the usage, the price and the other side of the charge', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    await accounting.settle(holdId, used(25, { outcome: 'stopped' }));
    expect((await accounting.entries(user)).at(-1)).toMatchObject({
      _id: `close:${holdId}`,
      type: 'settle',
      delta_ucr: -30n,
      held_delta_ucr: -75n,
      counterparty: 'sys:revenue',
      price_id: expect.stringMatching(/^prc_/),
      usage: { input_tokens: 10, output_tokens: 25, source: 'provider' },
      outcome: 'stopped',
      actor: 'svc:chat',
    });
  });

  it('stores how the hold ended', async () => {
    const holdId = await createHold(await accounting.createUser(500));
    await accounting.settle(holdId, used(25, { outcome: 'interrupted' }));
    expect(await accounting.storedHold(holdId)).toMatchObject({
      state: 'settled',
      charged_ucr: 30n,
      outcome: 'interrupted',
      usage: { output_tokens: 25 },
      closed_by: 'svc:chat',
      closed_at: new Date('2026-01-15T12:00:00Z'),
    });
  });

  it.each([
    ['draws on what is available beside the hold', 500, 100, { charged_ucr: 105, released_ucr: 0, uncollected_ucr: 0 }],
    ['takes no more than there is', 80, 100, { charged_ucr: 80, released_ucr: 0, uncollected_ucr: 25 }],
    [
      'takes the hold when there is nothing beside it',
      75,
      100,
      { charged_ucr: 75, released_ucr: 0, uncollected_ucr: 30 },
    ],
  ])('for more than was held %s', async (_name, funds, output, expected) => {
    const holdId = await createHold(await accounting.createUser(funds));
    const { body } = await accounting.settle(holdId, used(output));
    expect(body).toMatchObject({ ...expected, balance_ucr: funds - expected.charged_ucr });
  });

  it('never draws on what another hold has set aside', async () => {
    const user = await accounting.createUser(160);
    const [first, second] = [await createHold(user), await createHold(user)];
    const { body } = await accounting.settle(first, used(500));
    expect([body.charged_ucr, body.uncollected_ucr]).toEqual([85, 420]);
    expect((await accounting.settle(second, used(70))).body).toMatchObject({ charged_ucr: 75, balance_ucr: 0 });
  });

  it('settles on a frozen account, because the work is done', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    await accounting.db
      .collection<{ _id: string }>('credit_accounts')
      .updateOne({ _id: `user:${user.id}` }, { $set: { status: 'frozen' } });
    expect((await accounting.settle(holdId, used(25))).body.charged_ucr).toBe(30);
  });

  it('charges nothing for an answer that failed, and keeps that it failed', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    const { body } = await accounting.settle(holdId, used(25, { outcome: 'failed' }));
    expect(body).toMatchObject({ state: 'settled', charged_ucr: 0, released_ucr: 75, balance_ucr: 500 });
    expect((await accounting.entries(user)).at(-1)).toMatchObject({ delta_ucr: 0n, outcome: 'failed' });
  });

  it('answers a repetition with the first answer, even after the balance has moved on', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    const first = await accounting.settle(holdId, used(25));
    await accounting.allocate(user, 1_000);
    const again = await accounting.settle(holdId, used(25));
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect((await accounting.balance(user)).balance_ucr).toBe(1_470);
  });

  it.each([
    ['another usage', used(26)],
    ['another outcome', used(25, { outcome: 'stopped' })],
    ['another source', { usage: { input_tokens: 10, output_tokens: 25, source: 'estimated' } }],
  ])('refuses to settle again with %s, and charges nothing more', async (_name, change) => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    await accounting.settle(holdId, used(25));
    expect(refusal(await accounting.settle(holdId, change))).toEqual(problem(409, 'settle_mismatch'));
    expect((await accounting.balance(user)).balance_ucr).toBe(470);
  });

  it('refuses after a release', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    await accounting.release(holdId);
    expect(refusal(await accounting.settle(holdId))).toEqual(problem(409, 'hold_released'));
    expect((await accounting.balance(user)).balance_ucr).toBe(500);
  });

  describe('refuses, and changes nothing,', () => {
    it.each<[string, Record<string, unknown>, string]>([
      ["another stream's id", { streaming_session_id: buildHoldId() }, 'stream_session_mismatch'],
      ['an object for an id', { streaming_session_id: { $ne: '' } }, 'validation_failed'],
      ['a charge in the body', { charged_ucr: 1 }, 'unknown_field'],
      ['a price in the body', { price_id: 'prc_1' }, 'unknown_field'],
      ['an unknown outcome', { outcome: 'refunded' }, 'validation_failed'],
      ['a fraction of a token', used(1.5), 'validation_failed'],
      ['a negative count', used(-5), 'validation_failed'],
      ['1e308 tokens', used(1e308), 'validation_failed'],
      ['an unknown member of the usage', { usage: { ...used(1).usage, price: 1 } }, 'unknown_field'],
      ['no usage', { usage: undefined }, 'validation_failed'],
    ])('%s', async (_name, change, code) => {
      const user = await accounting.createUser(500);
      const holdId = await createHold(user);
      const before = await accounting.counts();
      const answer = await accounting.settle(holdId, change);
      expect(refusal(answer)).toEqual(problem(400, code));
      expect([await accounting.counts(), await accounting.balance(user)]).toMatchObject([before, { held_ucr: 75 }]);
    });

    it("without telling which id it is: another stream's", async () => {
      const holdId = await createHold(await accounting.createUser(500));
      const { body } = await accounting.settle(holdId, { streaming_session_id: buildHoldId() });
      expect(body.detail).not.toContain(holdId);
    });
  });
});

describe('POST /holds/{id}/release', () => {
  it('returns all of it', async () => {
    const user = await accounting.createUser(500);
    const { status, body } = await accounting.release(await createHold(user));
    expect([status, body]).toMatchObject([
      200,
      { state: 'released', charged_ucr: 0, released_ucr: 75, uncollected_ucr: 0, balance_ucr: 500 },
    ]);
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 500, held_ucr: 0, available_ucr: 500 });
  });

  it('writes one entry with the reason', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    await accounting.release(holdId, { reason: 'the model was not reached' });
    expect((await accounting.entries(user)).at(-1)).toMatchObject({
      _id: `close:${holdId}`,
      type: 'release',
      delta_ucr: 0n,
      held_delta_ucr: -75n,
      reason: 'the model was not reached',
    });
  });

  it('answers a repetition with the first answer and frees nothing twice', async () => {
    const user = await accounting.createUser(500);
    const [holdId] = [await createHold(user), await createHold(user)];
    const first = await accounting.release(holdId);
    const again = await accounting.release(holdId);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect((await accounting.balance(user)).held_ucr).toBe(75);
  });

  it('refuses after a settlement', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    await accounting.settle(holdId, used(25));
    expect(refusal(await accounting.release(holdId))).toEqual(problem(409, 'hold_settled'));
    expect((await accounting.balance(user)).balance_ucr).toBe(470);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["another stream's id", { streaming_session_id: buildHoldId() }, 'stream_session_mismatch'],
    ['no reason', { reason: undefined }, 'validation_failed'],
    ['an object for a reason', { reason: { $set: 1 } }, 'validation_failed'],
    ['an amount in the body', { amount_ucr: 1_000 }, 'unknown_field'],
  ])('refuses %s, and changes nothing', async (_name, change, code) => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    expect(refusal(await accounting.release(holdId, change))).toEqual(problem(400, code));
    expect((await accounting.balance(user)).held_ucr).toBe(75);
  });
});

describe('with CHARGE_ON_UPSTREAM_ERROR', () => {
  let strict: AccountingHarness;
  beforeAll(async () => {
    strict = await AccountingHarness.start({ CHARGE_ON_UPSTREAM_ERROR: 'true' });
    await strict.price('flat', flatPrice(5, 1));
  });
  afterAll(async () => expect(await strict.stop()).toEqual([]));

  it('charges output that had come before the model failed, and nothing when none had', async () => {
    const user = await strict.createUser(500);
    const charges: unknown[] = [];
    for (const output of [25, 0]) {
      const { body } = await strict.hold(user, buildHold({ max_output_tokens: 70 }));
      const settled = await strict.settle(body.hold_id, used(output, { outcome: 'failed' }));
      charges.push(settled.body.charged_ucr);
    }
    expect(charges).toEqual([30, 0]);
  });

  it('charges it too when the hold had expired, and the receipt says so', async () => {
    const user = await strict.createUser(500);
    const { hold_id: holdId } = (await strict.hold(user, buildHold({ max_output_tokens: 70 }))).body;
    await strict.progress(holdId, used(25));
    await strict.abandon(holdId);
    await strict.sweep();
    await strict.settle(holdId, used(65, { outcome: 'failed' }));
    const path = `/credits/entries/${encodeURIComponent(`late:${holdId}`)}/receipt`;
    const { body } = await strict.http.get(path, { token: user.token });
    expect(body).toMatchObject({ settlement: { charged_ucr: 70 }, who_pays: { rule: 'upstream_error_charged' } });
  });
});
