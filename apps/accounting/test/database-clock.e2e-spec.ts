import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type HttpAnswer, type HttpClient, TestClock } from '@parley/testing';
import { AccountingHarness, buildHold, flatPrice, type TestUser } from './accounting-harness.js';
import { capOf, createMembers } from './member-pool.js';
import { OwnDatabase } from './own-database.js';

/** What the database says it is at the beginning of each story; the day ends in the middle of it. */
const beginning = Date.parse('2030-03-14T23:58:00.000Z');
const minute = 60_000;

const used = (output_tokens: number) => ({ usage: { input_tokens: 10, output_tokens, source: 'provider' } });

/** Everything whose outcome depends on the time, as one list of answers. */
async function tell(accounting: AccountingHarness, database: OwnDatabase): Promise<unknown[]> {
  const seen: unknown[] = [];
  const at = (seconds: number) => database.setTime(new Date(beginning + seconds * 1_000).toISOString());
  const note = ({ status, body }: { status: number; body: Record<string, unknown> }) => {
    const { code, state, amount_ucr, used_ucr, charged_ucr, balance_ucr, available_ucr, expires_at } = body;
    seen.push({ status, code, state, amount_ucr, used_ucr, charged_ucr, balance_ucr, available_ucr, expires_at });
    return body;
  };
  const swept = async (holdId: string) => {
    await accounting.sweep();
    seen.push((await accounting.storedHold(holdId))?.state);
  };
  at(0);
  accounting.auth.organizations.add('org_1');
  const { id } = accounting.user();
  const user = { id, token: accounting.auth.accessToken(id, { org_id: 'org_1' }) };
  const admin = { token: accounting.admin() };
  await accounting.http.post('/credits/allocations', { org_id: 'org_1', amount_ucr: 500, reason: 'test' }, admin);
  const cap = { org_id: 'org_1', user_id: id, period: 'day', cap_ucr: 100 };
  await accounting.http.put('/credits/member-caps', cap, admin);
  const { hold_id: holdId } = note(await accounting.hold(user, buildHold({ max_output_tokens: 70 })));
  note(await accounting.hold(user, buildHold({ max_output_tokens: 70 })));
  at(60);
  note(await accounting.progress(String(holdId), used(25)));
  at(149);
  await swept(String(holdId));
  note(await accounting.progress(String(holdId), { ...used(30), seq: 2 }));
  at(240);
  note(await accounting.progress(String(holdId), { ...used(40), seq: 3 }));
  await swept(String(holdId));
  note(await accounting.settle(String(holdId), used(65)));
  note(await accounting.hold(user, buildHold({ max_output_tokens: 70 })));
  note(await accounting.hold(user, buildHold({ max_output_tokens: 20 })));
  return seen;
}

const stories = new Map<number, unknown[]>();
beforeAll(async () => {
  const tellAll = [0, 10 * minute, -10 * minute].map(async (wrongBy) => {
    const database = await OwnDatabase.start();
    const accounting = await AccountingHarness.start({}, database, new TestClock(beginning + wrongBy));
    await accounting.price('flat', flatPrice(5, 1));
    stories.set(wrongBy, await tell(accounting, database));
    expect(await accounting.stop()).toEqual([]);
  });
  await Promise.all(tellAll);
}, 60_000);
afterAll(() => stories.clear());

describe('an application whose clock is right', () => {
  it('keeps holds alive, ends them and begins days by the time of the database', () => {
    expect(stories.get(0)).toMatchObject([
      { status: 201, expires_at: '2030-03-14T23:59:30.000Z' },
      { status: 402, code: 'member_cap_reached', available_ucr: 25 },
      { status: 200, used_ucr: 30, expires_at: '2030-03-15T00:00:30.000Z' },
      'held',
      { status: 200, used_ucr: 35, expires_at: '2030-03-15T00:01:59.000Z' },
      { status: 410, code: 'hold_expired' },
      'expired',
      { status: 200, state: 'late', charged_ucr: 70 },
      { status: 402, code: 'member_cap_reached', available_ucr: 30 },
      { status: 201, amount_ucr: 25 },
    ]);
  });
});

describe.each([10, -10])('an application whose clock is wrong by %d minutes', (minutes) => {
  it('does the same', () => {
    expect(stories.get(minutes * minute)).toEqual(stories.get(0));
  });
});

describe('at midnight UTC', () => {
  let database: OwnDatabase;
  let accounting: AccountingHarness;
  let instances: HttpClient[];
  beforeAll(async () => {
    database = await OwnDatabase.start();
    accounting = await AccountingHarness.start({}, database);
    instances = [accounting.http, (await accounting.addInstance()).http];
    await accounting.price('flat', flatPrice(75));
  });
  afterAll(async () => expect(await accounting.stop()).toEqual([]));

  const hold = (user: TestUser, instance = accounting.http) => accounting.hold(user, buildHold(), instance);
  const admitted = (answers: HttpAnswer[]) => answers.filter(({ status }) => status === 201);

  it('a day begins with what is still held, and what is charged then counts in it', async () => {
    const [member] = await createMembers(accounting, 1, { day: 160, month: 400 });
    database.setTime('2030-03-14T23:59:50.000Z');
    const [spent, open] = [await hold(member!), await hold(member!)];
    await accounting.settle(spent.body.hold_id);
    expect((await hold(member!)).body).toMatchObject({ code: 'member_cap_reached', available_ucr: 10 });
    database.setTime('2030-03-15T00:00:01.000Z');
    expect(await hold(member!)).toMatchObject({ status: 201 });
    expect((await hold(member!)).body).toMatchObject({ code: 'member_cap_reached', available_ucr: 10 });
    await accounting.settle(open.body.hold_id);
    expect(await capOf(accounting, member!)).toMatchObject({ window: '2030-03-15', spent_ucr: 75n, held_ucr: 75n });
    expect(await capOf(accounting, member!, 'month')).toMatchObject({
      window: '2030-03',
      spent_ucr: 150n,
      held_ucr: 75n,
    });
  });

  it('a month begins too, at its end', async () => {
    const [member] = await createMembers(accounting, 1, { month: 80 });
    database.setTime('2030-03-31T23:59:59.999Z');
    await accounting.settle((await hold(member!)).body.hold_id);
    expect((await hold(member!)).status).toBe(402);
    database.setTime('2030-04-01T00:00:00.000Z');
    expect((await hold(member!)).status).toBe(201);
  });

  it('parallel holds before and after it are bounded by the day that each began in', async () => {
    const [member] = await createMembers(accounting, 1, { day: 4 * 75 });
    database.setTime('2030-05-14T23:59:59.000Z');
    const before = await Promise.all(Array.from({ length: 25 }, (_, index) => hold(member!, instances[index % 2])));
    await Promise.all(admitted(before).map(({ body }) => accounting.settle(body.hold_id)));
    database.setTime('2030-05-15T00:00:00.000Z');
    const after = await Promise.all(Array.from({ length: 25 }, (_, index) => hold(member!, instances[index % 2])));
    expect([admitted(before), admitted(after)].map(({ length }) => length)).toEqual([4, 4]);
  });
});
