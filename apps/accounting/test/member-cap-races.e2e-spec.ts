import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpAnswer, HttpClient } from '@parley/testing';
import { AccountingHarness, buildHold, flatPrice, type TestUser } from './accounting-harness.js';
import { OwnDatabase } from './own-database.js';

let database: OwnDatabase;
let accounting: AccountingHarness;
let instances: HttpClient[];
let organizations = 0;
beforeAll(async () => {
  database = await OwnDatabase.start();
  accounting = await AccountingHarness.start({}, database);
  instances = [accounting.http, (await accounting.addInstance()).http];
  await accounting.price('flat', flatPrice(75));
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

/** Members of a pool that has enough for all of them, each with a cap. */
async function createMembers(count: number, caps: Record<string, number>): Promise<TestUser[]> {
  const orgId = `org_${++organizations}`;
  const admin = { token: accounting.admin() };
  accounting.auth.organizations.add(orgId);
  await accounting.http.post('/credits/allocations', { org_id: orgId, amount_ucr: 1_000_000, reason: 'test' }, admin);
  const members = Array.from({ length: count }, () => accounting.user());
  for (const { id } of members)
    for (const [period, cap_ucr] of Object.entries(caps))
      await accounting.http.put('/credits/member-caps', { org_id: orgId, user_id: id, period, cap_ucr }, admin);
  return members.map(({ id }) => ({ id, token: accounting.auth.accessToken(id, { org_id: orgId }) }));
}
const hold = (user: TestUser, instance = accounting.http) => accounting.hold(user, buildHold(), instance);
const admitted = (answers: HttpAnswer[]) => answers.filter(({ status }) => status === 201);
const capOf = ({ id }: TestUser, period = 'day') =>
  accounting.db.collection('member_caps').findOne({ user_id: id, period });

describe('member caps, on two instances,', () => {
  it('bound 50 parallel holds of the members of one pool', async () => {
    const members = await createMembers(5, { day: 2 * 75 + 74, month: 3 * 75 });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => hold(members[index % 5]!, instances[index % 2])),
    );
    expect(admitted(answers)).toHaveLength(10);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(new Set(refused.map(({ body }) => `${body.code} ${body.available_ucr}`))).toEqual(
      new Set(['member_cap_reached 74']),
    );
    for (const member of members) expect((await capOf(member))?.held_ucr).toBe(150n);
  });

  it('count what is held and charged in parallel once', async () => {
    const [member] = await createMembers(1, { day: 75 * 20 });
    const holds = await Promise.all(Array.from({ length: 20 }, (_, index) => hold(member!, instances[index % 2])));
    await Promise.all(
      holds.map(({ body }, index) =>
        index < 10
          ? accounting.settle(body.hold_id, {}, instances[index % 2])
          : accounting.release(body.hold_id, {}, instances[index % 2]),
      ),
    );
    expect(await capOf(member!)).toMatchObject({ held_ucr: 0n, spent_ucr: 750n });
  });
});

describe('at midnight UTC', () => {
  it('a day begins with what is still held, and what is charged then counts in it', async () => {
    const [member] = await createMembers(1, { day: 160, month: 400 });
    database.setTime('2030-03-14T23:59:50.000Z');
    const [spent, open] = [await hold(member!), await hold(member!)];
    await accounting.settle(spent.body.hold_id);
    expect((await hold(member!)).body).toMatchObject({ code: 'member_cap_reached', available_ucr: 10 });
    database.setTime('2030-03-15T00:00:01.000Z');
    expect(await hold(member!)).toMatchObject({ status: 201 });
    expect((await hold(member!)).body).toMatchObject({ code: 'member_cap_reached', available_ucr: 10 });
    await accounting.settle(open.body.hold_id);
    expect(await capOf(member!)).toMatchObject({ window: '2030-03-15', spent_ucr: 75n, held_ucr: 75n });
    expect(await capOf(member!, 'month')).toMatchObject({ window: '2030-03', spent_ucr: 150n, held_ucr: 75n });
  });

  it('a month begins too, at its end', async () => {
    const [member] = await createMembers(1, { month: 80 });
    database.setTime('2030-03-31T23:59:59.999Z');
    await accounting.settle((await hold(member!)).body.hold_id);
    expect((await hold(member!)).status).toBe(402);
    database.setTime('2030-04-01T00:00:00.000Z');
    expect((await hold(member!)).status).toBe(201);
  });

  it('parallel holds before and after it are bounded by the day that each began in', async () => {
    const [member] = await createMembers(1, { day: 4 * 75 });
    database.setTime('2030-05-14T23:59:59.000Z');
    const before = await Promise.all(Array.from({ length: 25 }, (_, index) => hold(member!, instances[index % 2])));
    await Promise.all(admitted(before).map(({ body }) => accounting.settle(body.hold_id)));
    database.setTime('2030-05-15T00:00:00.000Z');
    const after = await Promise.all(Array.from({ length: 25 }, (_, index) => hold(member!, instances[index % 2])));
    expect([admitted(before), admitted(after)].map(({ length }) => length)).toEqual([4, 4]);
  });
});
