import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccountingHarness, buildHold, flatPrice, problem, refusal, type TestUser } from './accounting-harness.js';

const minute = 60_000;

let accounting: AccountingHarness;
let models = 0;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

/** A model of a test's own: five for the call, one for each token of output. */
async function createModel(): Promise<string> {
  const model = `model-${++models}`;
  await accounting.price(model, flatPrice(5, 1));
  return model;
}
const used = (output_tokens: number, change: Record<string, unknown> = {}) => ({
  usage: { input_tokens: 10, output_tokens, source: 'provider', ...change },
});
/** A hold of 75: five for the call, one for each of 70 tokens of output. */
async function createHold(model: string, user?: TestUser): Promise<string> {
  const owner = user ?? (await accounting.createUser(500));
  const { status, body } = await accounting.hold(owner, buildHold({ model, max_output_tokens: 70 }));
  expect(status).toBe(201);
  return body.hold_id;
}
async function createExpired(model: string, user?: TestUser): Promise<string> {
  const holdId = await createHold(model, user);
  await accounting.progress(holdId, used(25));
  await accounting.abandon(holdId);
  await accounting.sweep();
  return holdId;
}

const iso = (ms: number): string => new Date(ms).toISOString();
const now = () => accounting.clock.now();
const read = (query: Record<string, string>, token = accounting.admin()) =>
  accounting.http.get(`/ledger/usage?${new URLSearchParams(query).toString()}`, { token });
/** All that was ever booked for a model. */
async function usageOf(model: string, query: Record<string, string> = {}) {
  const { status, body } = await read({ from: iso(now() - minute), to: iso(now() + 1), model, ...query });
  expect(status).toBe(200);
  return body.data;
}
const unused = { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0 };
const nothing = { ...unused, settlements: 0 };

describe('GET /ledger/usage', () => {
  it('adds up what was settled, apart by who has counted', async () => {
    const model = await createModel();
    await accounting.settle(await createHold(model), used(25, { cache_read_tokens: 4, cache_write_tokens: 3 }));
    await accounting.settle(await createHold(model), { ...used(30), outcome: 'stopped' });
    await accounting.settle(await createHold(model), {
      ...used(7, { source: 'estimated' }),
      outcome: 'interrupted',
    });
    expect(await usageOf(model)).toEqual([
      {
        model,
        price_id: expect.stringMatching(/^prc_/),
        calls: 3,
        expired: 0,
        late: 0,
        usage: {
          provider: {
            settlements: 2,
            input_tokens: 20,
            output_tokens: 55,
            cache_read_tokens: 4,
            cache_write_tokens: 3,
          },
          estimated: { ...nothing, settlements: 1, input_tokens: 10, output_tokens: 7 },
        },
        abandoned: { ...unused, calls: 0 },
        charged_ucr: 30 + 35 + 12,
        uncollected_ucr: 0,
        written_off_ucr: 0,
        refunded_ucr: 0,
      },
    ]);
  });

  it('counts what an answer that failed has used, and that nobody was charged', async () => {
    const model = await createModel();
    await accounting.settle(await createHold(model), { ...used(25), outcome: 'failed' });
    await accounting.settle(await createHold(model), { ...used(0), outcome: 'failed' });
    expect(await usageOf(model)).toMatchObject([
      {
        calls: 2,
        usage: { provider: { settlements: 2, input_tokens: 20, output_tokens: 25 }, estimated: nothing },
        ...{ charged_ucr: 0, uncollected_ucr: 0, written_off_ucr: 30 },
      },
    ]);
  });

  it('leaves out what was released, refused or is still open', async () => {
    const model = await createModel();
    await accounting.release(await createHold(model));
    await accounting.release(await createHold(model));
    await createHold(model);
    await accounting.hold(accounting.user(), buildHold({ model }));
    expect(await usageOf(model)).toEqual([]);
  });

  it('says how many have expired, and what they had reported', async () => {
    const model = await createModel();
    await createExpired(model);
    const [row] = await usageOf(model);
    expect(row).toMatchObject({ calls: 1, expired: 1, late: 0, charged_ucr: 30 });
    expect(row.abandoned).toEqual({ ...unused, calls: 1, input_tokens: 10, output_tokens: 25 });
    expect(row.usage).toEqual({ provider: nothing, estimated: nothing });
  });

  it('takes the usage from a late settlement, and counts no second call', async () => {
    const model = await createModel();
    const holdId = await createExpired(model);
    const expiredUntil = now() + 1;
    accounting.clock.advance(minute);
    await accounting.settle(holdId, used(65));
    const abandoned = { ...unused, calls: 0 };
    const usage = { provider: { settlements: 1, output_tokens: 65 } };
    expect(await usageOf(model, { from: iso(expiredUntil - 1) })).toMatchObject([
      { calls: 1, expired: 1, late: 1, usage, abandoned, charged_ucr: 70 },
    ]);
    expect(await usageOf(model, { from: iso(expiredUntil - 1), to: iso(expiredUntil) })).toMatchObject([
      { calls: 1, expired: 1, late: 0, usage: { provider: nothing }, abandoned, charged_ucr: 30 },
    ]);
    expect(await usageOf(model, { from: iso(expiredUntil) })).toMatchObject([
      { calls: 0, expired: 0, late: 1, usage, abandoned, charged_ucr: 40 },
    ]);
  });

  it('tells what could not be collected, at a settlement and at a late one', async () => {
    const model = await createModel();
    await accounting.settle(await createHold(model, await accounting.createUser(80)), used(100));
    const poor = await accounting.createUser(80);
    await accounting.settle(await createExpired(model, poor), used(100));
    // Another hold has set aside all that is left, so nothing of the difference can be had.
    const busy = await accounting.createUser(105);
    const late = await createExpired(model, busy);
    await createHold(model, busy);
    await accounting.settle(late, used(65));
    expect(await usageOf(model)).toMatchObject([
      { calls: 3, expired: 2, late: 2, charged_ucr: 80 + 80 + 30, uncollected_ucr: 25 + 25 + 40 },
    ]);
  });

  it('has no part in what an account is left with that could just pay', async () => {
    const model = await createModel();
    await accounting.settle(await createHold(model, await accounting.createUser(75)), used(70));
    expect(await usageOf(model)).toMatchObject([{ calls: 1, charged_ucr: 75, uncollected_ucr: 0 }]);
  });

  it('tells what was given back in the period, also of a charge from before', async () => {
    const model = await createModel();
    const holdId = await createHold(model);
    await accounting.settle(holdId, used(25));
    await accounting.refund({ hold_id: holdId, amount_ucr: 4 });
    accounting.clock.advance(minute);
    await accounting.refund({ hold_id: holdId, amount_ucr: 7 });
    expect(await usageOf(model)).toMatchObject([{ calls: 1, charged_ucr: 30, refunded_ucr: 11 }]);
    expect(await usageOf(model, { from: iso(now()) })).toMatchObject([{ calls: 0, charged_ucr: 0, refunded_ucr: 7 }]);
  });

  it('keeps the versions of a price apart, the older first, by the price that each hold was made with', async () => {
    const model = await createModel();
    const before = await createHold(model);
    const { body: second } = await accounting.price(model, flatPrice(10, 2));
    await accounting.settle(await createHold(model), used(1));
    await accounting.settle(before, used(1));
    const rows = await usageOf(model);
    expect(rows).toMatchObject([
      { model, calls: 1, charged_ucr: 6 },
      { model, price_id: second.price_id, calls: 1, charged_ucr: 12 },
    ]);
  });

  it('tells of all models without one, in their order', async () => {
    const [one, two] = [await createModel(), await createModel()];
    accounting.clock.advance(minute);
    for (const model of [two, one]) await accounting.settle(await createHold(model), used(1));
    const { body } = await read({ from: iso(now()), to: iso(now() + 1) });
    expect(body.data.map(({ model }: { model: string }) => model)).toEqual([one, two].sort());
  });

  it('begins with its first moment and ends before its last', async () => {
    const model = await createModel();
    accounting.clock.advance(minute);
    await accounting.settle(await createHold(model), used(1));
    const callsFrom = async (from: number, to: number) =>
      (await usageOf(model, { from: iso(from), to: iso(to) })).length;
    expect([await callsFrom(now(), now() + 1), await callsFrom(now() - minute, now())]).toEqual([1, 0]);
    expect([await callsFrom(now() + 1, now() + 2), await callsFrom(now() - 1, now() + 1)]).toEqual([0, 1]);
  });

  it('takes moments of any zone and answers in UTC', async () => {
    const { body } = await read({ from: '2026-01-01T02:00:00+02:00', to: '2027-01-02T00:00:00Z' });
    expect(body).toMatchObject({ from: '2026-01-01T00:00:00.000Z', to: '2027-01-02T00:00:00.000Z' });
  });

  it('is empty for a period without any call, and for a model that nobody knows', async () => {
    const query = { from: '2020-01-01T00:00:00Z', to: '2020-02-01T00:00:00Z' };
    expect((await read(query)).body).toEqual({
      ...{ from: '2020-01-01T00:00:00.000Z', to: '2020-02-01T00:00:00.000Z' },
      data: [],
    });
    expect(await usageOf('unheard-of')).toEqual([]);
  });

  it('refuses a sum that JSON would not carry exactly', async () => {
    const model = await createModel();
    const holdId = await createHold(model);
    await accounting.settle(holdId, used(25));
    const entries = accounting.db.collection<{ _id: string }>('credit_entries');
    const entry = await entries.findOne({ _id: `close:${holdId}` });
    const huge = Array.from({ length: 2 }, (_, index) => ({
      ...entry!,
      ...{ _id: `close:huge-${index}`, seq: 10 + index, delta_ucr: 1n - 2n ** 53n },
    }));
    await entries.insertMany(huge);
    const answer = await read({ from: iso(now()), to: iso(now() + 1), model });
    await entries.deleteMany({ _id: { $in: huge.map(({ _id }) => _id) } });
    expect(refusal(answer)).toEqual(problem(422, 'usage_too_large'));
  });

  const month = { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' };
  it.each<[string, Record<string, string>, string]>([
    ['no period', {}, 'validation_failed'],
    ['no end', { from: month.from }, 'validation_failed'],
    ['no beginning', { to: month.to }, 'validation_failed'],
    ['an end before the beginning', { from: month.to, to: month.from }, 'validation_failed'],
    ['an end at the beginning', { from: month.to, to: month.to }, 'validation_failed'],
    ['more than 366 days', { from: '2026-01-01T00:00:00Z', to: '2027-01-02T00:00:00.001Z' }, 'validation_failed'],
    ['a day', { ...month, from: '2026-01-01' }, 'validation_failed'],
    ['a day that does not exist', { ...month, from: '2026-02-30T00:00:00Z' }, 'validation_failed'],
    ['a time of no zone', { ...month, from: '2026-01-01T00:00:00' }, 'validation_failed'],
    ['a number', { ...month, from: '1767225600000' }, 'validation_failed'],
    ['a word', { ...month, to: 'now' }, 'validation_failed'],
    ['a model of another form', { ...month, model: '$where' }, 'validation_failed'],
    ['an operator', { ...month, 'from[$gt]': month.from }, 'unknown_field'],
    ['an unknown parameter', { ...month, account_id: 'user:usr_1' }, 'unknown_field'],
  ])('refuses %s', async (_name, query, code) => {
    expect(refusal(await read(query))).toEqual(problem(400, code));
  });

  it.each<[string, () => string, number, string]>([
    ['a user', () => accounting.user().token, 403, 'permission_denied'],
    ['one who may only read credits', () => accounting.user(['credits:*']).token, 403, 'permission_denied'],
    ['a service', () => accounting.chat(), 403, 'user_token_required'],
    ['a garbage token', () => 'garbage', 401, 'invalid_token'],
    [
      'one whose right is from an organisation',
      () => {
        accounting.auth.user('usr_owner', ['*:*']);
        return accounting.auth.accessToken('usr_owner', { org_id: 'org_1' });
      },
      403,
      'permission_denied',
    ],
  ])('refuses %s', async (_name, token, status, code) => {
    expect(refusal(await read(month, token()))).toEqual(problem(status, code));
  });

  it('refuses a request without a token', async () => {
    const answer = await accounting.http.get(`/ledger/usage?${new URLSearchParams(month).toString()}`);
    expect(refusal(answer)).toEqual(problem(401, 'token_missing'));
  });

  it('lets one in who may audit and nothing else', async () => {
    expect((await read(month, accounting.user(['ledger:audit']).token)).status).toBe(200);
  });
});
