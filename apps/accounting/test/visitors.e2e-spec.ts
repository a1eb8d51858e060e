import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccountingHarness, buildHold, flatPrice, problem, refusal, type TestUser } from './accounting-harness.js';
import { ReconciliationScene } from './reconciliation-scene.js';

let accounting: AccountingHarness;
let auth: string;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  await accounting.price('flat', flatPrice(75));
  auth = accounting.auth.serviceToken('auth', 'accounting', 'users:erase allowances:grant');
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

const tell = (what: string, body: object, token = auth) => accounting.http.post(`/internal/${what}`, body, { token });
const grant = (to: TestUser, amountUcr = 500) => tell('allowances', { visitor_id: to.id, amount_ucr: amountUcr });
const erase = (of: TestUser) => tell('erasures', { user_id: of.id });

describe('POST /internal/allowances', () => {
  it('opens an account with one entry that comes from the promotion', async () => {
    const visitor = accounting.user();
    const { status, body } = await grant(visitor);
    expect([status, body]).toEqual([
      200,
      {
        entry_id: `allowance:${visitor.id}`,
        account_id: `user:${visitor.id}`,
        amount_ucr: 500,
        at: '2026-01-15T12:00:00.000Z',
      },
    ]);
    expect(await accounting.entries(visitor)).toMatchObject([
      { type: 'allowance', delta_ucr: 500n, counterparty: 'sys:promotion', actor: 'svc:auth', seq: 1 },
    ]);
    expect((await accounting.hold(visitor, buildHold())).status).toBe(201);
  });

  it('is posted once, however often and however many at once ask for it', async () => {
    const visitor = accounting.user();
    const answers = await Promise.all(Array.from({ length: 5 }, () => grant(visitor)));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect((await accounting.balance(visitor)).balance_ucr).toBe(500);
  });

  it('is not raised by asking for more', async () => {
    const visitor = accounting.user();
    await grant(visitor);
    expect(refusal(await grant(visitor, 501))).toEqual(problem(409, 'idempotency_mismatch'));
    expect((await accounting.balance(visitor)).balance_ucr).toBe(500);
  });

  it.each([0, -1, 1.5, '5', 2 ** 53])('refuses an amount of %j', async (amount) => {
    const visitor = accounting.user();
    expect((await tell('allowances', { visitor_id: visitor.id, amount_ucr: amount })).status).toBe(400);
    expect(await accounting.entries(visitor)).toEqual([]);
  });
});

describe('POST /internal/erasures', () => {
  it('takes no new holds and no credits, ends what is open, and keeps every entry', async () => {
    const user = await accounting.createUser(500);
    const { body: held } = await accounting.hold(user, buildHold());
    const before = await accounting.entries(user);
    const { status, body } = await erase(user);
    expect([status, body]).toEqual([200, { user_id: user.id, is_complete: true }]);
    expect(refusal(await accounting.hold(user, buildHold()))).toEqual(problem(423, 'account_frozen'));
    expect(refusal(await accounting.allocate(user, 1))).toEqual(problem(423, 'account_frozen'));
    expect((await accounting.settle(held.hold_id)).body).toMatchObject({ state: 'settled', charged_ucr: 75 });
    const after = await accounting.entries(user);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after).toHaveLength(before.length + 1);
  });

  it('may be repeated, and for somebody who has no account', async () => {
    const user = await accounting.createUser(500);
    const stranger = accounting.user();
    for (const who of [user, user, stranger]) expect((await erase(who)).status).toBe(200);
    expect(await accounting.entries(stranger)).toEqual([]);
  });

  it('leaves an account frozen that does not add up, until a person has seen to it', async () => {
    const user = await accounting.createUser(500);
    const accounts = accounting.db.collection<{ _id: string }>('credit_accounts');
    await accounts.updateOne({ _id: `user:${user.id}` }, { $set: { status: 'frozen' } });
    await erase(user);
    expect(await accounts.findOne({ _id: `user:${user.id}` })).toMatchObject({ status: 'frozen' });
    await accounts.updateOne({ _id: `user:${user.id}` }, { $set: { status: 'closed' } });
  });
});

describe('what auth tells accounting', () => {
  it.each([
    ['allowances', { visitor_id: 'vis_1', amount_ucr: 5 }],
    ['erasures', { user_id: 'usr_1' }],
  ])('[POST /internal/%s] is refused from users and from other services', async (what, body) => {
    const tokens = [accounting.admin(), accounting.chat()];
    const answers = await Promise.all(tokens.map((token) => tell(what, body, token)));
    expect(answers.map(({ status, body: { code } }) => [status, code])).toEqual([
      [403, 'service_token_required'],
      [403, 'insufficient_scope'],
    ]);
  });
});

describe('the books with allowances, closed accounts and answers that visitors paid for', () => {
  it('reconcile in full', async () => {
    const visitor = accounting.user();
    await grant(visitor);
    const { body: held } = await accounting.hold(visitor, buildHold());
    await accounting.settle(held.hold_id);
    await erase(visitor);
    const scene = new ReconciliationScene(accounting);
    await scene.seal();
    const { drift, ...run } = await scene.reconcile();
    expect(drift).toEqual([]);
    expect(run).toMatchObject({ state: 'sound' });
    expect((await scene.verify(`user:${visitor.id}`)).sound).toBe(true);
  });
});
