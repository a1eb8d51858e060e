import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccountingHarness, buildHold, flatPrice, problem, refusal, type TestUser } from './accounting-harness.js';

let accounting: AccountingHarness;
let organizations = 0;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  await accounting.price('flat', flatPrice(5, 1));
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

interface Organization {
  id: string;
  /** A member, with a token that is for this organisation. */
  member: (permissions?: readonly string[]) => TestUser;
}

async function createOrganization(amountUcr: number): Promise<Organization> {
  const id = `org_${++organizations}`;
  accounting.auth.organizations.add(id);
  if (amountUcr > 0) await give({ org_id: id, amount_ucr: amountUcr });
  const member = (permissions?: readonly string[]) => {
    const user = accounting.user(permissions);
    return { id: user.id, token: accounting.auth.accessToken(user.id, { org_id: id }) };
  };
  return { id, member };
}
const give = (body: Record<string, unknown>) =>
  accounting.http.post('/credits/allocations', { reason: 'test', ...body }, { token: accounting.admin() });
const cap = (body: Record<string, unknown>, token = accounting.admin()) =>
  accounting.http.put('/credits/member-caps', { period: 'day', ...body }, { token });
const balanceOf = async (orgId: string) =>
  (await accounting.http.get(`/credits/balance?org_id=${orgId}`, { token: accounting.admin() })).body;
/** A hold of 75: five for the call, one for each of 70 tokens of output. */
const hold75 = () => buildHold({ max_output_tokens: 70 });
const used = (output_tokens: number) => ({ usage: { input_tokens: 10, output_tokens, source: 'provider' } });

describe('an allocation to an organisation', () => {
  it('goes to its pool', async () => {
    const { id } = await createOrganization(500);
    expect(await balanceOf(id)).toMatchObject({ account_id: `org:${id}`, balance_ucr: 500, available_ucr: 500 });
  });

  it.each<[string, Record<string, unknown>, number, string]>([
    ['an organisation that does not exist', { org_id: 'org_nowhere', amount_ucr: 5 }, 404, 'organization_not_found'],
    ['a path for an organisation', { org_id: '../x', amount_ucr: 5 }, 400, 'validation_failed'],
    ['two owners', { org_id: 'org_1', user_id: 'usr_admin', amount_ucr: 5 }, 400, 'validation_failed'],
    ['no owner', { amount_ucr: 5 }, 400, 'validation_failed'],
  ])('refuses %s, and changes nothing', async (_name, body, status, code) => {
    const before = await accounting.counts();
    expect(refusal(await give(body))).toEqual(problem(status, code));
    expect(await accounting.counts()).toEqual(before);
  });

  it('is not for an owner of the organisation to make', async () => {
    const { id, member } = await createOrganization(0);
    const { token } = member(['*']);
    const answer = await accounting.http.post(
      '/credits/allocations',
      { org_id: id, amount_ucr: 5, reason: 'x' },
      { token },
    );
    expect(refusal(answer)).toEqual(problem(403, 'permission_denied'));
  });
});

describe('a hold in the name of an organisation', () => {
  it("is on the organisation's account, and the member's own stays as it was", async () => {
    const { id, member } = await createOrganization(500);
    const user = member();
    await accounting.allocate(user, 300);
    const { status, body } = await accounting.hold(user, hold75());
    expect([status, body.account_id]).toEqual([201, `org:${id}`]);
    expect((await balanceOf(id)).held_ucr).toBe(75);
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 300, held_ucr: 0, available_ucr: 300 });
  });

  it('is settled there', async () => {
    const { id, member } = await createOrganization(500);
    const { body } = await accounting.hold(member(), hold75());
    expect((await accounting.settle(body.hold_id, used(25))).body).toMatchObject({ charged_ucr: 30, balance_ucr: 470 });
    expect(await balanceOf(id)).toMatchObject({ balance_ucr: 470, held_ucr: 0 });
  });

  it('never falls back to what the member has themselves', async () => {
    const { member } = await createOrganization(10);
    const user = member();
    await accounting.allocate(user, 300);
    const answer = await accounting.hold(user, hold75());
    expect([...refusal(answer), answer.body.available_ucr]).toEqual([...problem(402, 'insufficient_credits'), 10]);
  });

  it('admits no more of 20 members at once than the pool can bear', async () => {
    const { id, member } = await createOrganization(500);
    const answers = await Promise.all(Array.from({ length: 20 }, () => accounting.hold(member(), hold75())));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(6);
    expect((await balanceOf(id)).available_ucr).toBe(50);
  });

  it('refuses the id of a hold that was made outside of it', async () => {
    const { member } = await createOrganization(500);
    const user = member();
    const request = hold75();
    await accounting.hold(user, request);
    const own = { ...user, token: accounting.auth.accessToken(user.id) };
    expect(refusal(await accounting.hold(own, request))).toEqual(problem(409, 'idempotency_mismatch'));
  });
});

describe("an organisation's balance and entries", () => {
  const get = (what: string, id: string, token: string) =>
    accounting.http.get(`/credits/${what}?org_id=${id}`, { token });

  it('are for a member with credits:read', async () => {
    const { id, member } = await createOrganization(500);
    const { token } = member(['credits:read']);
    expect((await get('balance', id, token)).body).toMatchObject({ account_id: `org:${id}`, balance_ucr: 500 });
    expect((await get('entries', id, token)).body.data).toHaveLength(1);
  });

  it('hide from a member without it, and from a member of another one', async () => {
    const [mine, other] = [await createOrganization(500), await createOrganization(500)];
    for (const what of ['balance', 'entries']) {
      expect(refusal(await get(what, mine.id, mine.member().token))).toEqual(problem(404, 'account_not_found'));
      const foreign = await get(what, mine.id, other.member(['credits:*']).token);
      expect(refusal(foreign)).toEqual(problem(403, 'org_mismatch'));
    }
  });

  it("a right in an organisation shows nobody's own account", async () => {
    const user = await accounting.createUser(500);
    const { token } = (await createOrganization(0)).member(['credits:*']);
    const answer = await accounting.http.get(`/credits/balance?user_id=${user.id}`, { token });
    expect(refusal(answer)).toEqual(problem(404, 'account_not_found'));
  });
});

describe('PUT /credits/member-caps', () => {
  it('bounds what a member has set aside and spent, before anything is generated', async () => {
    const { id, member } = await createOrganization(500);
    const user = member();
    await cap({ org_id: id, user_id: user.id, cap_ucr: 110 });
    const { body } = await accounting.hold(user, hold75());
    const denied = await accounting.hold(user, hold75());
    expect([...refusal(denied), denied.body.available_ucr]).toEqual([...problem(402, 'member_cap_reached'), 35]);
    await accounting.settle(body.hold_id, used(25));
    expect((await accounting.hold(user, hold75())).status).toBe(201);
    expect(refusal(await accounting.hold(user, hold75()))).toEqual(problem(402, 'member_cap_reached'));
  });

  it('[attack 116] stores nothing of what it refuses, and lets it pass when the cap was lifted', async () => {
    const { id, member } = await createOrganization(500);
    const user = member();
    const request = hold75();
    await cap({ org_id: id, user_id: user.id, cap_ucr: 10 });
    const before = await accounting.counts();
    const { status, body } = await accounting.hold(user, request);
    expect([status, body.code, body.available_ucr]).toEqual([402, 'member_cap_reached', 10]);
    expect(await accounting.counts()).toEqual(before);
    await cap({ org_id: id, user_id: user.id, cap_ucr: 500 });
    expect((await accounting.hold(user, request)).status).toBe(201);
  });

  it('starts again in the next period, with what is still set aside', async () => {
    const { id, member } = await createOrganization(500);
    const user = member();
    await cap({ org_id: id, user_id: user.id, cap_ucr: 75 });
    await accounting.settle((await accounting.hold(user, hold75())).body.hold_id, used(70));
    expect((await accounting.hold(user, hold75())).status).toBe(402);
    // As if all of this had been long ago.
    const began = { 'opening.expires_at': new Date('2020-01-01T12:00:00Z') };
    await accounting.db.collection('credit_holds').updateMany({ user_id: user.id }, { $set: began });
    await accounting.db.collection('member_caps').updateOne({ user_id: user.id }, { $set: { window: '2020-01-01' } });
    expect((await accounting.hold(user, hold75())).status).toBe(201);
    expect((await accounting.hold(user, hold75())).status).toBe(402);
  });

  it('bounds a top-up, and the hold stays', async () => {
    const { id, member } = await createOrganization(500);
    const user = member();
    await cap({ org_id: id, user_id: user.id, period: 'month', cap_ucr: 80 });
    const { body } = await accounting.hold(user, hold75());
    const answer = await accounting.progress(body.hold_id, { ...used(60), top_up_output_tokens: 70 });
    expect([...refusal(answer), answer.body.available_ucr]).toEqual([...problem(402, 'member_cap_reached'), 5]);
    expect((await accounting.storedHold(body.hold_id))?.amount_ucr).toBe(75n);
  });

  it('bounds parallel holds of one member, and no other member', async () => {
    const { id, member } = await createOrganization(1_000);
    const [user, other] = [member(), member()];
    await cap({ org_id: id, user_id: user.id, cap_ucr: 160 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => accounting.hold(user, hold75())));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
    expect((await accounting.hold(other, hold75())).status).toBe(201);
  });

  it('can be set by the organisation itself for its own members only', async () => {
    const { id, member } = await createOrganization(0);
    const { token } = member(['credits:budget']);
    expect((await cap({ org_id: id, user_id: 'usr_1', cap_ucr: 5 }, token)).status).toBe(200);
    const foreign = await cap({ org_id: 'org_other', user_id: 'usr_1', cap_ucr: 5 }, token);
    expect(refusal(foreign)).toEqual(problem(403, 'org_mismatch'));
  });

  it.each<[string, Record<string, unknown>, number, string]>([
    ['a negative cap', { cap_ucr: -1 }, 400, 'amount_invalid'],
    ['a fraction', { cap_ucr: 0.5 }, 400, 'amount_invalid'],
    ['another period', { period: 'year' }, 400, 'validation_failed'],
    ['what was spent', { spent_ucr: 0 }, 400, 'unknown_field'],
  ])('refuses %s', async (_name, change, status, code) => {
    const answer = await cap({ org_id: 'org_1', user_id: 'usr_1', cap_ucr: 5, ...change });
    expect(refusal(answer)).toEqual(problem(status, code));
  });

  it('refuses a member without credits:budget', async () => {
    const answer = await cap({ org_id: 'org_1', user_id: 'usr_1', cap_ucr: 5 }, accounting.user().token);
    expect(refusal(answer)).toEqual(problem(403, 'permission_denied'));
  });
});
