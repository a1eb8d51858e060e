import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccountingHarness, buildHold, flatPrice, type TestUser } from './accounting-harness.js';

let accounting: AccountingHarness;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  await accounting.price('flat', flatPrice(5, 1));
  await accounting.price('gratis', { ...flatPrice(0), free: true });
  await accounting.price('by-the-call', flatPrice(5));
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

/** A hold of 75: five for the call, one for each of 70 tokens of output. */
const hold75 = () => buildHold({ max_output_tokens: 70 });
const affordable = async (user: TestUser, request = hold75()): Promise<[number, number]> => {
  const { status, body } = await accounting.hold(user, request);
  return [status, body.affordable_output_tokens];
};

describe('the answer to POST /holds', () => {
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
