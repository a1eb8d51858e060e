import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpAnswer, TestService } from '@parley/testing';
import { AccountingHarness, problem, refusal, type TestUser } from './accounting-harness.js';

let accounting: AccountingHarness;
let other: TestService;
beforeAll(async () => {
  accounting = await AccountingHarness.start({ STARTING_BALANCE_UCR: '70' });
  other = await accounting.addInstance();
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

const admin = () => ({ token: accounting.admin() });
const make = (body: Record<string, unknown>) =>
  accounting.http.post('/credits/rules', { reason: 'test', ...body }, admin());
const ruleOf = async (answer: Promise<HttpAnswer>): Promise<string> => (await answer).body.rule_id as string;
const end = (ruleId: string) => accounting.http.delete(`/credits/rules/${ruleId}`, admin());
const balance = async (user: TestUser) => (await accounting.balance(user)).balance_ucr;
const given = async (ruleId: string) =>
  (await accounting.http.get(`/credits/rules/${ruleId}/grants`, admin())).body.data;

describe('POST /internal/starting-balances', () => {
  const tell = (user: TestUser, http = accounting.http) => {
    const token = accounting.auth.serviceToken('auth', 'accounting', 'allowances:grant');
    return http.post('/internal/starting-balances', { user_id: user.id }, { token });
  };

  it('gives once what the configuration says, however often and wherever it is asked', async () => {
    const user = accounting.user();
    const answers = await Promise.all([tell(user), tell(user, other.http), tell(user), tell(user, other.http)]);
    const expected = { account_id: `user:${user.id}`, amount_ucr: 70, entry_id: `start:user:${user.id}` };
    expect(answers.map(({ status, body }) => [status, body])).toEqual(Array(4).fill([200, expected]));
    expect(await balance(user)).toBe(70);
  });

  it('gives what the newest rule in force says, and never a second time by another one', async () => {
    const [early, user] = [accounting.user(), accounting.user()];
    await tell(early);
    const rule = { kind: 'starting_balance', amount_ucr: 90, expires_after_days: 30 };
    const ids = [await ruleOf(make({ ...rule, amount_ucr: 80 }))];
    accounting.clock.advance(1_000);
    ids.push(await ruleOf(make(rule)), await ruleOf(make({ ...rule, amount_ucr: 95, starts_at: '2100-01-01T00:00:00Z' })));
    expect((await tell(user)).body.amount_ucr).toBe(90);
    for (const id of ids) await end(id);
    await tell(user);
    expect([await balance(user), await balance(early)]).toEqual([90, 70]);
    expect(await given(ids[1]!)).toMatchObject([{ account_id: `user:${user.id}`, period: 'start', amount_ucr: 90 }]);
  }); // prettier-ignore

  it('is refused from users and from other services', async () => {
    const body = { user_id: 'usr_1' };
    const post = (token: string) => accounting.http.post('/internal/starting-balances', body, { token });
    expect(refusal(await post(accounting.admin()))).toEqual(problem(403, 'service_token_required'));
    expect(refusal(await post(accounting.chat()))).toEqual(problem(403, 'insufficient_scope'));
  });
});
