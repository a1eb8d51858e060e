import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestClock } from '@parley/testing';
import { AccountingHarness, buildHold, flatPrice } from './accounting-harness.js';
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
