import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccountingHarness, buildHold, flatPrice, problem, refusal, type TestUser } from './accounting-harness.js';

let accounting: AccountingHarness;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  await accounting.price('flat', flatPrice(5, 1));
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

const createHold = async (user: TestUser): Promise<string> =>
  (await accounting.hold(user, buildHold({ max_output_tokens: 70 }))).body.hold_id;
const read = (entryId: string, token: string) =>
  accounting.http.get(`/credits/entries/${encodeURIComponent(entryId)}/receipt`, { token });
const used = (output_tokens: number, outcome = 'completed') => ({
  usage: { input_tokens: 10, output_tokens, source: 'provider' },
  outcome,
});

describe('GET /credits/entries/{id}/receipt', () => {
  it('names the model, the price version, the tokens, the hold, the settlement and the rule', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    await accounting.settle(holdId, used(25));
    await accounting.refund({ hold_id: holdId, amount_ucr: 7 });
    const { status, body } = await read(`close:${holdId}`, user.token);
    expect([status, body]).toMatchObject([
      200,
      {
        entry: { entry_id: `close:${holdId}`, delta_ucr: -30 },
        model: 'flat',
        price: { price_id: body.hold.price_id, per_call_ucr: 5, output_ucr_per_mtok: 1_000_000 },
        hold: { hold_id: holdId, amount_ucr: 75 },
        settlement: {
          usage: { input_tokens: 10, output_tokens: 25, source: 'provider' },
          charged_ucr: 30,
          released_ucr: 45,
          written_off_ucr: 0,
          refunded_ucr: 7,
          late: false,
          closed_at: '2026-01-15T12:00:00.000Z',
        },
        who_pays: { rule: 'finished', explanation: expect.any(String) },
      },
    ]);
  });

  it('of an answer that failed says that the cost is ours', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    await accounting.settle(holdId, used(25, 'failed'));
    const { body } = await read(`close:${holdId}`, user.token);
    expect(body).toMatchObject({
      settlement: { charged_ucr: 0, written_off_ucr: 30 },
      who_pays: { rule: 'upstream_error_waived' },
    });
  });

  it.each([
    ['open', async (_: string) => {}],
    ['stopped', (holdId: string) => accounting.settle(holdId, used(25, 'stopped'))],
    ['interrupted', (holdId: string) => accounting.settle(holdId, used(25, 'interrupted'))],
    ['upstream_error', (holdId: string) => accounting.settle(holdId, used(0, 'failed'))],
    ['nothing_generated', (holdId: string) => accounting.release(holdId)],
    [
      'abandoned',
      async (holdId: string) => {
        await accounting.abandon(holdId);
        await accounting.sweep();
      },
    ],
  ] as [string, (holdId: string) => Promise<unknown>][])('names the rule %s', async (rule, end) => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    await end(holdId);
    expect((await read(`hold:${holdId}`, user.token)).body.who_pays.rule).toBe(rule);
  });

  it('of an abandoned answer names the tokens that it had reported', async () => {
    const user = await accounting.createUser(500);
    const holdId = await createHold(user);
    for (const [seq, tokens] of [25, 20].entries())
      await accounting.progress(holdId, { seq: seq + 1, usage: used(tokens).usage });
    await accounting.abandon(holdId);
    await accounting.sweep();
    const { usage } = used(25);
    expect((await read(`close:${holdId}`, user.token)).body).toMatchObject({
      entry: { type: 'expire', delta_ucr: -30, usage },
      settlement: { charged_ucr: 30, usage },
      who_pays: { rule: 'abandoned' },
    });
    await accounting.settle(holdId, used(30));
    expect((await read(`close:${holdId}`, user.token)).body).toMatchObject({
      entry: { usage },
      settlement: { charged_ucr: 35, usage: { output_tokens: 30 }, late: true },
    });
  });

  it('of a free answer that failed names no charge', async () => {
    await accounting.price('gratis', { ...flatPrice(0), free: true });
    const user = accounting.user();
    const { body } = await accounting.hold(user, buildHold({ model: 'gratis' }));
    await accounting.settle(body.hold_id, used(25, 'failed'));
    const { who_pays } = (await read(`close:${body.hold_id}`, user.token)).body;
    expect(who_pays.rule).toBe('upstream_error_waived');
  });

  it('of an allocation is the entry alone', async () => {
    const user = await accounting.createUser(500);
    const [entry] = await accounting.entries(user);
    expect(Object.keys((await read(String(entry!._id), user.token)).body)).toEqual(['entry']);
  });

  it('is there for a reader with credits:read', async () => {
    const holdId = await createHold(await accounting.createUser(500));
    expect((await read(`hold:${holdId}`, accounting.user(['credits:read']).token)).status).toBe(200);
  });

  it("hides somebody else's as if it were not there", async () => {
    const holdId = await createHold(await accounting.createUser(500));
    const { token } = accounting.user();
    expect(refusal(await read(`hold:${holdId}`, token))).toEqual(problem(404, 'entry_not_found'));
    expect(refusal(await read('hold:nowhere', token))).toEqual(problem(404, 'entry_not_found'));
  });
});

describe('GET /credits/entries as CSV', () => {
  const get = (user: TestUser, query: string, headers: Record<string, string> = {}) =>
    accounting.http.get(`/credits/entries${query}`, { token: user.token, headers });

  it.each([
    ['?format=csv', {}],
    ['', { accept: 'text/csv' }],
  ])('comes for %j with the headers %j', async (query, headers) => {
    const user = await accounting.createUser(500);
    const { status, headers: sent, body } = await get(user, query, headers);
    expect([status, sent.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(body.split('\r\n')[1]).toMatch(/^1,2026-01-15T12:00:00.000Z,allocation,500,0,500,0,alloc_/);
  });

  it('goes through all pages', async () => {
    const user = await accounting.createUser(1);
    await accounting.allocate(user, 1);
    const first = await get(user, '?format=csv&limit=1', { origin: 'http://localhost:5173' });
    const cursor = first.headers.get('x-next-cursor');
    // Without this a browser keeps the header from its script.
    expect(first.headers.get('access-control-expose-headers')).toContain('X-Next-Cursor');
    const second = await get(user, `?format=csv&limit=1&cursor=${cursor}`);
    const seqs = [first, second].map(({ body }) => body.split('\r\n')[1][0]);
    expect([seqs, second.headers.get('x-next-cursor')]).toEqual([['2', '1'], null]);
  });

  it('lets no reason run as a formula', async () => {
    const user = accounting.user();
    const body = { user_id: user.id, amount_ucr: 1, reason: '=1+1' };
    await accounting.http.post('/credits/allocations', body, { token: accounting.admin() });
    expect((await get(user, '?format=csv')).body).toContain(`"'=1+1"`);
  });

  it('refuses another format', async () => {
    expect(refusal(await get(accounting.user(), '?format=xml'))).toEqual(problem(400, 'validation_failed'));
  });
});
