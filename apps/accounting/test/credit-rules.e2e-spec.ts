import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpAnswer, TestService } from '@parley/testing';
import { AccountingHarness, problem, refusal, type TestUser } from './accounting-harness.js';

const dayMs = 86_400_000;
let accounting: AccountingHarness;
let other: TestService;
let organizations = 0;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  other = await accounting.addInstance();
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

const admin = () => ({ token: accounting.admin() });
const make = (body: Record<string, unknown>, headers: Record<string, string> = {}, token = accounting.admin()) =>
  accounting.http.post('/credits/rules', { reason: 'test', ...body }, { token, headers });
/** A refill of 100 a day that counts from today on. */
const daily = (change: Record<string, unknown>) =>
  make({ kind: 'refill', amount_ucr: 100, period: 'day', starts_at: today(), ...change });
const today = () => `${new Date(accounting.clock.now()).toISOString().slice(0, 'yyyy-mm-dd'.length)}T00:00:00Z`;
const ruleOf = async (answer: Promise<HttpAnswer>): Promise<string> => (await answer).body.rule_id as string;
const change = (ruleId: string, state: string) => accounting.http.patch(`/credits/rules/${ruleId}`, { state }, admin());
const end = (ruleId: string) => accounting.http.delete(`/credits/rules/${ruleId}`, admin());
const balance = async ({ id }: TestUser) =>
  (await accounting.http.get(`/credits/balance?user_id=${id}`, admin())).body.balance_ucr as number;
const pass = (days: number) => accounting.clock.advance(days * dayMs);
const given = async (ruleId: string) =>
  (await accounting.http.get(`/credits/rules/${ruleId}/grants?limit=100`, admin())).body.data as Record<
    string,
    unknown
  >[];

/** An organisation with so many members; the job asks for them page by page. */
function createMembers(count: number): { orgId: string; members: TestUser[] } {
  const orgId = `org_rules${++organizations}`;
  const members = Array.from({ length: count }, () => accounting.user());
  accounting.auth.organizations.add(orgId);
  accounting.auth.members.set(orgId, members.map(({ id }) => id)); // prettier-ignore
  return { orgId, members };
}

describe('POST /credits/rules', () => {
  it('makes a rule that gives at the beginning of each period', async () => {
    const user = accounting.user();
    const { status, body } = await daily({ user_id: user.id, reason: 'Plan M' });
    expect([status, body]).toMatchObject([201, { kind: 'refill', state: 'active', user_id: user.id, period: 'day' }]);
    expect(await accounting.refill()).toBe(1);
    expect(await accounting.entries(user)).toMatchObject([
      {
        _id: `rule:${body.rule_id}:user:${user.id}:2026-01-15`,
        ...{ type: 'allocation', delta_ucr: 100n, counterparty: 'sys:issuance', actor: 'svc:accounting' },
        ...{ reason: 'Plan M', rule_id: body.rule_id },
      },
    ]);
    expect(await given(body.rule_id)).toMatchObject([{ period: '2026-01-15', amount_ucr: 100 }]);
    await end(body.rule_id);
  });

  it('begins with the next period when it does not say since when', async () => {
    const user = accounting.user();
    const ruleId = await ruleOf(make({ kind: 'refill', amount_ucr: 5, period: 'day', user_id: user.id }));
    expect(await accounting.refill()).toBe(0);
    pass(1);
    expect([await accounting.refill(), await balance(user)]).toEqual([1, 5]);
    await end(ruleId);
  });

  it('makes one rule for one key', async () => {
    const request = { kind: 'starting_balance', amount_ucr: 5, starts_at: '2100-01-01T00:00:00Z' };
    const key = { 'idempotency-key': 'one-rule' };
    const answers = await Promise.all([make(request, key), make(request, key)]);
    expect(new Set(answers.map(({ body }) => body.rule_id)).size).toBe(1);
    expect(refusal(await make({ ...request, amount_ucr: 6 }, key))).toEqual(problem(409, 'idempotency_mismatch'));
    await end(answers[0].body.rule_id);
  });

  const refill = { kind: 'refill', amount_ucr: 5, period: 'day' };
  it.each<[string, Record<string, unknown>, number, string]>([
    ['nobody', refill, 400, 'validation_failed'],
    ['two receivers', { ...refill, user_id: 'usr_admin', org_id: 'org_1' }, 400, 'validation_failed'],
    ['a stranger', { ...refill, user_id: 'usr_nobody' }, 404, 'user_not_found'],
    ['members of nothing', { ...refill, members_of: 'org_nowhere' }, 404, 'organization_not_found'],
    ['no period', { ...refill, period: undefined, user_id: 'usr_admin' }, 400, 'validation_failed'],
    ['an eighth day of the week', { ...refill, period: 'week', day: 8, user_id: 'usr_admin' }, 400, 'validation_failed'],
    ['a day of the day', { ...refill, day: 1, user_id: 'usr_admin' }, 400, 'validation_failed'],
    ['nothing', { ...refill, amount_ucr: 0, user_id: 'usr_admin' }, 400, 'amount_invalid'],
    ['a fraction', { ...refill, amount_ucr: 0.5, user_id: 'usr_admin' }, 400, 'amount_invalid'],
    [
      'an end before its beginning',
      { ...refill, user_id: 'usr_admin', starts_at: '2026-02-01T00:00:00Z', ends_at: '2026-01-01T00:00:00Z' },
      ...([400, 'validation_failed'] as const),
    ],
    ['a start for one user', { kind: 'starting_balance', amount_ucr: 5, user_id: 'usr_admin' }, 400, 'validation_failed'],
  ])('refuses a rule for %s', async (_name, body, status, code) => {
    accounting.admin();
    expect(refusal(await make(body))).toEqual(problem(status, code));
  }); // prettier-ignore

  it('is for platform administrators alone, as all of this is', async () => {
    const owner = accounting.user(['*']);
    const inside = accounting.auth.accessToken(owner.id, { org_id: 'org_1' });
    const body = { kind: 'starting_balance', amount_ucr: 5 };
    for (const token of [inside, accounting.user().token]) {
      const request = { token };
      const answers = [
        await make(body, {}, token),
        await accounting.http.get('/credits/rules', request),
        await accounting.http.get('/credits/rules/crl_1', request),
        await accounting.http.patch('/credits/rules/crl_1', { state: 'paused' }, request),
        await accounting.http.delete('/credits/rules/crl_1', request),
        await accounting.http.get('/credits/rules/crl_1/grants', request),
      ];
      for (const answer of answers) expect(refusal(answer)).toEqual(problem(403, 'permission_denied'));
    }
  });
});

describe('a refill', () => {
  it('is given once for each period, however often and on however many instances it is looked for', async () => {
    const user = accounting.user();
    const ruleId = await ruleOf(daily({ user_id: user.id }));
    for (let day = 1; day <= 3; day++) {
      await Promise.all([accounting.refill(), accounting.refill(other), accounting.refill(), accounting.refill(other)]);
      expect([await accounting.refill(), await balance(user)]).toEqual([0, day * 100]);
      pass(1);
    }
    await end(ruleId);
  });

  it('does not make up for periods in which nothing ran, and goes back to none', async () => {
    const user = accounting.user();
    const ruleId = await ruleOf(daily({ user_id: user.id }));
    await accounting.refill();
    pass(5);
    expect([await accounting.refill(), await balance(user)]).toEqual([1, 200]);
    pass(-2);
    expect([await accounting.refill(), await balance(user)]).toEqual([0, 200]);
    pass(2);
    await end(ruleId);
  });

  it('tops up to its ceiling and no further, and has had its turn then too', async () => {
    const user = await accounting.createUser(450);
    const ruleId = await ruleOf(daily({ user_id: user.id, ceiling_ucr: 500 }));
    await accounting.refill();
    expect(await balance(user)).toBe(500);
    pass(1);
    await accounting.refill();
    await accounting.adjust(user, -80);
    expect([await accounting.refill(), await balance(user)]).toEqual([0, 420]);
    const rows = await given(ruleId);
    expect(rows.map(({ amount_ucr, entry_id }) => [amount_ucr, entry_id !== null])).toEqual([[50, true], [0, false]]);
    await end(ruleId);
  }); // prettier-ignore

  it('goes to every active member, and to nobody who has joined after it', async () => {
    const { orgId, members } = createMembers(120);
    const ruleId = await ruleOf(daily({ members_of: orgId }));
    const rounds = await Promise.all([accounting.refill(), accounting.refill(other)]);
    expect(rounds.every((count) => count <= 120)).toBe(true);
    expect(await accounting.refill()).toBe(0);
    const late = accounting.user();
    accounting.auth.members.get(orgId)!.push(late.id);
    await accounting.refill();
    expect([await balance(members[0]!), await balance(members[119]!), (await given(ruleId)).length]).toEqual([100, 100, 100]);
    expect(await accounting.db.collection('credit_rule_grants').countDocuments({ rule_id: ruleId })).toBe(120);
    expect(await accounting.entries(late)).toEqual([]);
    await end(ruleId);
  }); // prettier-ignore

  it('goes to the pool of an organisation', async () => {
    const { orgId } = createMembers(1);
    const ruleId = await ruleOf(daily({ org_id: orgId }));
    await accounting.refill();
    const { body } = await accounting.http.get(`/credits/balance?org_id=${orgId}`, admin());
    expect(body.balance_ucr).toBe(100);
    await end(ruleId);
  });

  it('can last for some days only', async () => {
    const user = await accounting.createUser(10);
    const ruleId = await ruleOf(daily({ user_id: user.id, expires_after_days: 1 }));
    await accounting.refill();
    expect(await balance(user)).toBe(110);
    pass(1);
    await accounting.takeBackExpired();
    await accounting.refill();
    expect(await balance(user)).toBe(110);
    await end(ruleId);
  });

  it('waits for an account that is frozen, and the other members do not', async () => {
    const { orgId, members } = createMembers(2);
    const [frozen, fine] = members as [TestUser, TestUser];
    const accounts = accounting.db.collection<{ _id: string }>('credit_accounts');
    await accounting.allocate(frozen, 1);
    await accounts.updateOne({ _id: `user:${frozen.id}` }, { $set: { status: 'frozen' } });
    const ruleId = await ruleOf(daily({ members_of: orgId }));
    expect([await accounting.refill(), await balance(fine)]).toEqual([1, 100]);
    await accounts.updateOne({ _id: `user:${frozen.id}` }, { $set: { status: 'active' } });
    expect([await accounting.refill(), await balance(frozen)]).toEqual([1, 101]);
    await end(ruleId);
  });

  it('is made while auth is away for those who are known, and later for the others', async () => {
    const { orgId, members } = createMembers(1);
    const user = accounting.user();
    const rules = [await ruleOf(daily({ members_of: orgId })), await ruleOf(daily({ user_id: user.id }))];
    accounting.auth.down = true;
    expect(await accounting.refill()).toBe(1);
    accounting.auth.down = false;
    expect([await accounting.refill(), await balance(members[0]!), await balance(user)]).toEqual([1, 100, 100]);
    for (const rule of rules) await end(rule);
  });

  it('stops while its rule is paused, and for good when it is deleted', async () => {
    const user = accounting.user();
    const ruleId = await ruleOf(daily({ user_id: user.id }));
    expect((await change(ruleId, 'paused')).body.state).toBe('paused');
    expect(await accounting.refill()).toBe(0);
    expect((await change(ruleId, 'active')).body.state).toBe('active');
    expect(await accounting.refill()).toBe(1);
    pass(1);
    expect([(await end(ruleId)).status, (await end(ruleId)).status]).toEqual([204, 204]);
    expect(await accounting.refill()).toBe(0);
    expect(refusal(await change(ruleId, 'active'))).toEqual(problem(409, 'rule_deleted'));
    const { body } = await accounting.http.get(`/credits/rules/${ruleId}`, admin());
    expect([body.state, (await given(ruleId)).length]).toEqual(['deleted', 1]);
    expect(refusal(await end('crl_nothing'))).toEqual(problem(404, 'rule_not_found'));
    expect(refusal(await change('crl_nothing', 'paused'))).toEqual(problem(404, 'rule_not_found'));
  });

  it('ends before its end', async () => {
    const user = accounting.user();
    const ends_at = new Date(Date.parse(today()) + dayMs).toISOString();
    const ruleId = await ruleOf(daily({ user_id: user.id, ends_at }));
    await accounting.refill();
    pass(1);
    expect([await accounting.refill(), await balance(user)]).toEqual([0, 100]);
    await end(ruleId);
  });
});

describe('GET /credits/rules', () => {
  it('lists them page by page, newest first, without those that were deleted', async () => {
    const user = accounting.user();
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) {
      accounting.clock.advance(1_000);
      ids.push(await ruleOf(daily({ user_id: user.id })));
    }
    await end(ids[1]!);
    const first = (await accounting.http.get('/credits/rules?limit=1', admin())).body;
    const second = (await accounting.http.get(`/credits/rules?limit=1&cursor=${first.next_cursor}`, admin())).body;
    expect([first.data[0].rule_id, second.data[0].rule_id]).toEqual([ids[2], ids[0]]);
    for (const path of ['rules', `rules/${ids[0]!}/grants`]) {
      const answer = await accounting.http.get(`/credits/${path}?cursor=x`, admin());
      expect(refusal(answer)).toEqual(problem(400, 'cursor_invalid'));
    }
    for (const id of ids) await end(id);
  });
});
