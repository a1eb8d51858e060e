import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpAnswer } from '@parley/testing';
import { AccountingHarness, buildHold, flatPrice, problem, refusal } from './accounting-harness.js';
import { OwnDatabase } from './own-database.js';

let database: OwnDatabase;
let accounting: AccountingHarness;
let holdId: string;
let seq = 0;
beforeAll(async () => {
  database = await OwnDatabase.start();
  accounting = await AccountingHarness.start({}, database);
  await accounting.price('flat', flatPrice(5, 1));
  const { body } = await accounting.hold(await accounting.createUser(500), buildHold({ max_output_tokens: 70 }));
  holdId = body.hold_id;
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

const usage = { input_tokens: 10, output_tokens: 5, source: 'provider' };
const cap = { org_id: 'org_1', user_id: 'usr_1', period: 'day', cap_ucr: 1 };
/** What runs outside of a transaction, where nothing repeats it more than once, and the command that it begins with. */
const operations: Record<string, [command: string, send: () => Promise<HttpAnswer>]> = {
  'a balance': ['find', () => accounting.http.get('/credits/balance', { token: accounting.admin() })],
  'a list of prices': ['aggregate', () => accounting.http.get('/prices')],
  'a new price': ['insert', () => accounting.price('other', flatPrice(1))],
  'a first allocation': ['update', () => accounting.allocate(accounting.user(), 1)],
  'a sign of life': ['findAndModify', () => accounting.progress(holdId, { usage, seq: ++seq })],
  'a cap': ['findAndModify', () => accounting.http.put('/credits/member-caps', cap, { token: accounting.admin() })],
};
const members: [name: string, errorCode: number][] = [
  ['is not the primary', 10_107],
  ['steps down', 189],
  ['shuts down', 91],
];
const cells = members.flatMap((member) => Object.keys(operations).map((operation) => [...member, operation] as const));

describe('while the member of the replica set that is asked', () => {
  it.each(cells)('%s (%i), %s is 503 with Retry-After and works again afterwards', async (_name, errorCode, name) => {
    const [command, send] = operations[name]!;
    await database.failNext(command, { errorCode }, 'alwaysOn');
    const refused = await send();
    await database.heal();
    expect([...refusal(refused), refused.headers.get('retry-after')]).toEqual([
      ...problem(503, 'store_unavailable'),
      '2',
    ]);
    expect((await send()).status).toBeLessThan(300);
  });
});
