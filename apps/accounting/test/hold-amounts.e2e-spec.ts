import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccountingHarness, buildHold, flatPrice, problem, refusal, type TestUser } from './accounting-harness.js';

let accounting: AccountingHarness;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  await accounting.price('flat', flatPrice(5, 1));
  await accounting.price('gratis', { ...flatPrice(0), free: true });
  await accounting.price('by-the-call', flatPrice(5));
  await accounting.price('cached', {
    input_ucr_per_mtok: 2_000_000,
    output_ucr_per_mtok: 10_000_000,
    cache_read_ucr_per_mtok: 1_000_000,
    cache_write_ucr_per_mtok: 3_000_000,
  });
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

describe('the answer to POST /holds', () => {
  /** A hold of 75: five for the call, one for each of 70 tokens of output. */
  const hold75 = () => buildHold({ max_output_tokens: 70 });
  const affordable = async (user: TestUser, request = hold75()): Promise<[number, number]> => {
    const { status, body } = await accounting.hold(user, request);
    return [status, body.affordable_output_tokens];
  };

  it('says how much output the account could pay for, with what is held and without what other holds have', async () => {
    const user = await accounting.createUser(500);
    expect(await affordable(user)).toEqual([201, 495]);
    expect(await affordable(user)).toEqual([201, 420]);
  });

  it('says so when all there is is held', async () => {
    expect(await affordable(await accounting.createUser(75))).toEqual([201, 70]);
  });

  it.each(['gratis', 'by-the-call'])(
    'says the most that there can be for %s, whose output costs nothing',
    async (model) => {
      expect(await affordable(await accounting.createUser(5), buildHold({ model }))).toEqual([201, 100_000_000]);
    },
  );

  it('is the same again, whatever the account could pay for by then', async () => {
    const user = await accounting.createUser(500);
    const request = hold75();
    await accounting.hold(user, request);
    await accounting.allocate(user, 1_000);
    await accounting.price('flat', flatPrice(6, 1));
    expect(await affordable(user, request)).toEqual([200, 495]);
    await accounting.price('flat', flatPrice(5, 1));
  });

  it("counts no more than the tightest of a member's caps allows", async () => {
    accounting.auth.organizations.add('org_1');
    const { id } = accounting.user();
    const user = { id, token: accounting.auth.accessToken(id, { org_id: 'org_1' }) };
    const admin = { token: accounting.admin() };
    await accounting.http.post('/credits/allocations', { org_id: 'org_1', amount_ucr: 500, reason: 'test' }, admin);
    for (const [period, cap_ucr] of Object.entries({ day: 160, month: 400 }))
      await accounting.http.put('/credits/member-caps', { org_id: 'org_1', user_id: id, period, cap_ucr }, admin);
    expect(await affordable(user)).toEqual([201, 155]);
    expect(await affordable(user)).toEqual([201, 80]);
  });
});

describe('cached tokens of the input', () => {
  /** Ten tokens in and four out: 70 when all of the input is written into a cache, which is the dearest that it can be. */
  const createHold = async (user: TestUser): Promise<string> => {
    const { body } = await accounting.hold(user, buildHold({ model: 'cached', max_output_tokens: 4 }));
    expect(body.amount_ucr).toBe(70);
    return body.hold_id;
  };
  const used = (cached: Record<string, number>, output_tokens = 4) => ({
    usage: { input_tokens: 10, output_tokens, ...cached, source: 'provider' },
  });

  it.each([
    ['none', {}, 60],
    ['none, said in numbers', { cache_read_tokens: 0, cache_write_tokens: 0 }, 60],
    ['all read', { cache_read_tokens: 10 }, 50],
    ['all written', { cache_write_tokens: 10 }, 70],
    ['some of each', { cache_read_tokens: 5, cache_write_tokens: 3 }, 58],
  ])('are billed at rates of their own: %s', async (_name, cached, charged_ucr) => {
    const holdId = await createHold(await accounting.createUser(100));
    const { status, body } = await accounting.settle(holdId, used(cached));
    expect([status, body]).toMatchObject([200, { charged_ucr, released_ucr: 70 - charged_ucr, uncollected_ucr: 0 }]);
  });

  it('stand in the entry and on the receipt', async () => {
    const user = await accounting.createUser(100);
    const holdId = await createHold(user);
    const settlement = used({ cache_read_tokens: 5, cache_write_tokens: 3 });
    await accounting.settle(holdId, settlement);
    const { body } = await accounting.http.get(`/credits/entries/close:${holdId}/receipt`, { token: user.token });
    expect([body.entry.usage, body.settlement.usage]).toEqual([settlement.usage, settlement.usage]);
  });

  it('are reported by a progress like the rest, and top-ups cover the dearest', async () => {
    const holdId = await createHold(await accounting.createUser(100));
    const report = { ...used({ cache_read_tokens: 10 }, 2), top_up_output_tokens: 4 };
    const { body } = await accounting.progress(holdId, report);
    expect(body).toMatchObject({ used_ucr: 30, amount_ucr: 90, max_output_tokens: 6 });
  });

  it('make another request of a settlement', async () => {
    const holdId = await createHold(await accounting.createUser(100));
    await accounting.settle(holdId, used({ cache_read_tokens: 5 }));
    expect((await accounting.settle(holdId, used({ cache_read_tokens: 5 }))).body.charged_ucr).toBe(55);
    expect(refusal(await accounting.settle(holdId, used({})))).toEqual(problem(409, 'settle_mismatch'));
  });

  it.each([
    ['more of them than of input', { cache_read_tokens: 6, cache_write_tokens: 5 }],
    ['a negative count', { cache_read_tokens: -1 }],
    ['a fraction', { cache_write_tokens: 0.5 }],
    ['a numeric string', { cache_write_tokens: '1' as unknown as number }],
  ])('are refused: %s', async (_name, cached) => {
    const user = await accounting.createUser(100);
    const holdId = await createHold(user);
    const answers = [await accounting.settle(holdId, used(cached)), await accounting.progress(holdId, used(cached))];
    expect(answers.map(refusal)).toEqual([problem(400, 'validation_failed'), problem(400, 'validation_failed')]);
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 100, held_ucr: 70, available_ucr: 30 });
  });
});
