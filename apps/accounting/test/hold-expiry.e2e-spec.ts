import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestService } from '@parley/testing';
import { AccountingHarness, buildHold, flatPrice, problem, refusal, type TestUser } from './accounting-harness.js';

let accounting: AccountingHarness;
let other: TestService;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  other = await accounting.addInstance();
  await accounting.price('flat', flatPrice(5, 1));
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

/** A hold of 75: five for the call, one for each of 70 tokens of output. */
const createHold = async (user: TestUser): Promise<string> =>
  (await accounting.hold(user, buildHold({ max_output_tokens: 70 }))).body.hold_id;
const used = (output_tokens: number, change: Record<string, unknown> = {}) => ({
  usage: { input_tokens: 10, output_tokens, source: 'provider' },
  ...change,
});
/** A hold that nobody kept alive after it had reported 25 tokens, and that the sweeper has ended. */
const createExpired = async (user: TestUser): Promise<string> => {
  const holdId = await createHold(user);
  await accounting.progress(holdId, used(25));
  await accounting.abandon(holdId);
  await accounting.sweep();
  return holdId;
};

describe('the sweeper', () => {
  it('charges what was reported and returns the rest', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createExpired(user);
    expect(await accounting.storedHold(holdId)).toMatchObject({
      state: 'expired',
      charged_ucr: 30n,
      released_ucr: 45n,
      closed_by: 'svc:accounting',
    });
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 470, held_ucr: 0, available_ucr: 470 });
  });

  it('writes the closing entry that every other end would have written', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createExpired(user);
    expect((await accounting.entries(user)).at(-1)).toMatchObject({
      _id: `close:${holdId}`,
      type: 'expire',
      delta_ucr: -30n,
      held_delta_ucr: -75n,
      counterparty: 'sys:revenue',
    });
  });

  it('charges nothing where nothing was reported', async () => {
    const user = await accounting.createUser(500);
    await accounting.abandon(await createHold(user));
    await accounting.sweep();
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 500, held_ucr: 0, available_ucr: 500 });
  });

  it('charges nothing where the model had not answered yet', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    expect((await accounting.progress(holdId, used(0))).body).toMatchObject({ used_ucr: 0, amount_ucr: 75 });
    await accounting.abandon(holdId);
    await accounting.sweep();
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 500, held_ucr: 0, available_ucr: 500 });
  });

  it('ends the holds of many accounts in one round', async () => {
    const users = await Promise.all(Array.from({ length: 12 }, () => accounting.createUser(500)));
    const holds = await Promise.all([...users, ...users].map(createHold));
    await Promise.all(holds.map((holdId) => accounting.abandon(holdId)));
    const open = { _id: { $in: holds }, state: 'held' };
    // The service's own sweeper may be at some of them in the same moment.
    while ((await accounting.db.collection<{ _id: string }>('credit_holds').countDocuments(open)) > 0)
      await accounting.sweep();
    for (const user of users) expect((await accounting.balance(user)).available_ucr).toBe(500);
  });

  it("leaves a living hold alone, whatever the application's clock says", async () => {
    const user = await accounting.createUser(500);
    await createHold(user);
    accounting.clock.advance(600_000);
    await accounting.sweep();
    expect((await accounting.balance(user)).held_ucr).toBe(75);
  });

  it('ends each hold once when two instances sweep at the same moment', async () => {
    const user = await accounting.createUser(1_000);
    const holds = await Promise.all(Array.from({ length: 10 }, () => createHold(user)));
    await Promise.all(holds.map((holdId) => accounting.abandon(holdId)));
    const ended = await Promise.all([accounting.sweep(), accounting.sweep(other)]);
    expect([ended[0] + ended[1], (await accounting.balance(user)).held_ucr]).toEqual([10, 0]);
  });

  it('gets to every hold, however many of broken accounts cannot be ended', async () => {
    const accounts = accounting.db.collection<{ _id: string }>('credit_accounts');
    const broken = await Promise.all([0, 1].map(() => accounting.createUser(10_000)));
    const setHeld = (held_ucr: bigint) =>
      accounts.updateMany({ _id: { $in: broken.map(({ id }) => `user:${id}`) } }, { $set: { held_ucr } });
    const stuck = await Promise.all(broken.flatMap((user) => [1, 2, 3].map(() => createHold(user))));
    await Promise.all(stuck.map((holdId) => accounting.abandon(holdId)));
    await setHeld(0n);
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    const justNow = { $set: { expires_at: new Date(1) } };
    await accounting.db.collection<{ _id: string }>('credit_holds').updateOne({ _id: holdId }, justNow);
    const atOnce = 4;
    expect(atOnce).toBeLessThan(stuck.length);
    for (let round = 0; round < 2; round++) await accounting.sweep(accounting.service, atOnce);
    expect((await accounting.storedHold(holdId))?.state).toBe('expired');
    await setHeld(3n * 75n);
    for (let left = stuck.length; left > 0;) left -= await accounting.sweep();
  });

  it('and a settlement never both close a hold', async () => {
    for (let round = 0; round < 5; round++) {
      const user = await accounting.createUser(500);
      const holdId = await createHold(user);
      await accounting.abandon(holdId);
      const [settled] = await Promise.all([accounting.settle(holdId, used(25)), accounting.sweep(other)]);
      expect([settled.status, settled.body.charged_ucr]).toEqual([200, 30]);
      expect((await accounting.balance(user)).balance_ucr).toBe(470);
    }
  });
});

describe('POST /holds/{id}/settle after the expiry', () => {
  it('charges the difference and says that it came late', async () => {
    const user = await accounting.createUser(500);
    const { status, body } = await accounting.settle(await createExpired(user), used(65));
    expect([status, body]).toMatchObject([
      200,
      { state: 'late', late: true, charged_ucr: 70, released_ucr: 45, uncollected_ucr: 0, balance_ucr: 430 },
    ]);
  });

  it('writes an entry of its own', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createExpired(user);
    await accounting.settle(holdId, used(65));
    expect((await accounting.entries(user)).at(-1)).toMatchObject({
      _id: `late:${holdId}`,
      type: 'late',
      delta_ucr: -40n,
      held_delta_ucr: 0n,
      usage: { output_tokens: 65 },
    });
  });

  it('takes no more than is available', async () => {
    const user = await accounting.createUser(120);
    const holdId = await createExpired(user);
    await createHold(user);
    const { body } = await accounting.settle(holdId, used(65));
    expect(body).toMatchObject({ charged_ucr: 45, uncollected_ucr: 25, balance_ucr: 75 });
    expect((await accounting.balance(user)).available_ucr).toBe(0);
  });

  it('takes nothing more where the expiry has charged enough', async () => {
    const user = await accounting.createUser(500);
    const { body } = await accounting.settle(await createExpired(user), used(10));
    expect(body).toMatchObject({ state: 'late', charged_ucr: 30, uncollected_ucr: 0, balance_ucr: 470 });
  });

  it('of an answer that failed bears only what the expiry has not charged', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createExpired(user);
    const { body } = await accounting.settle(holdId, used(65, { outcome: 'failed' }));
    expect(body).toMatchObject({ state: 'late', charged_ucr: 30, uncollected_ucr: 0 });
    expect((await accounting.entries(user)).at(-1)).toMatchObject({ delta_ucr: 0n, written_off_ucr: 40n });
  });

  it('charges once for 20 at the same moment', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createExpired(user);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        accounting.settle(holdId, used(65), index % 2 ? accounting.http : other.http),
      ),
    );
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.charged_ucr}`))).toEqual(new Set(['200 70']));
    expect((await accounting.balance(user)).balance_ucr).toBe(430);
  });

  it('works on a frozen account, because the work is done', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createExpired(user);
    await accounting.db
      .collection<{ _id: string }>('credit_accounts')
      .updateOne({ _id: `user:${user.id}` }, { $set: { status: 'frozen' } });
    expect((await accounting.settle(holdId, used(65))).body.charged_ucr).toBe(70);
  });

  it('refuses a second one with another usage', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createExpired(user);
    await accounting.settle(holdId, used(65));
    expect(refusal(await accounting.settle(holdId, used(66)))).toEqual(problem(409, 'settle_mismatch'));
    expect((await accounting.balance(user)).balance_ucr).toBe(430);
  });

  it('refuses a release, because the hold was charged', async () => {
    const holdId = await createExpired(await accounting.createUser(500));
    expect(refusal(await accounting.release(holdId))).toEqual(problem(409, 'hold_settled'));
  });
});

describe('POST /holds/{id}/release after an expiry that charged nothing', () => {
  const createReturned = async (user: TestUser): Promise<string> => {
    const holdId = await createHold(user);
    await accounting.abandon(holdId);
    await accounting.sweep();
    return holdId;
  };

  it('answers the hold as it ended, again and again, and moves nothing', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createReturned(user);
    await accounting.allocate(user, 100);
    const ended = { state: 'expired', late: false, charged_ucr: 0, released_ucr: 75, balance_ucr: 500 };
    for (let times = 0; times < 3; times++) {
      const { status, body } = await accounting.release(holdId);
      expect([status, body]).toMatchObject([200, ended]);
    }
    expect(await accounting.entries(user)).toHaveLength(4);
  });

  it('leaves the hold to a late settlement, after which it is refused', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createReturned(user);
    await accounting.release(holdId);
    expect((await accounting.settle(holdId, used(25))).body).toMatchObject({ state: 'late', charged_ucr: 30 });
    expect(refusal(await accounting.release(holdId))).toEqual(problem(409, 'hold_settled'));
    expect((await accounting.balance(user)).balance_ucr).toBe(470);
  });
});

describe('an answer that failed after output had come', () => {
  it('is written off in its closing entry, and its reader pays nothing', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    await accounting.settle(holdId, used(25, { outcome: 'failed' }));
    expect((await accounting.entries(user)).at(-1)).toMatchObject({ delta_ucr: 0n, written_off_ucr: 30n });
  });
});
