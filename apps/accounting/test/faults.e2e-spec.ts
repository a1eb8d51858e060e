import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type HttpAnswer, productBuild, testDatabases } from '@parley/testing';
import type { Document } from 'mongodb';
import { batches } from '../../../test/campaigns/crash-ledger/batches.js';
import { runMatrix } from '../../../test/campaigns/crash-ledger/matrix.js';
import { operations as crashable } from '../../../test/campaigns/crash-ledger/operations.js';
import { Random } from '../../../test/campaigns/soak-db/random.js';
import { AccountingHarness, buildHold, flatPrice, problem, refusal, type TestUser } from './accounting-harness.js';
import { type MoneyOperation, moneyOperations } from './money-operations.js';
import { OwnDatabase } from './own-database.js';
import { findFaults } from './sound-books.js';

const today = Math.floor(Date.now() / 86_400_000);

const transient = ['TransientTransactionError'];
const unknown = ['UnknownTransactionCommitResult'];
const notKnown = { code: 64, errmsg: 'waiting for replication timed out' };
const once = { times: 1 };
const twice = { times: 2 };
/** Outside of a transaction a server repeats a read itself, so the one or more before the transaction are let through. */
const second = { times: 1, skip: 1 };

/** What goes wrong: the command that fails, how, and how often. */
const faults: [name: string, command: string, data: Document, mode: Document][] = [
  ['the connection breaks at the commit', 'commitTransaction', { closeConnection: true }, once],
  ['the connection breaks at the commit and at its repetition', 'commitTransaction', { closeConnection: true }, twice],
  ['the commit is a conflict', 'commitTransaction', { errorCode: 112, errorLabels: transient }, once],
  ['the transaction is gone at the commit', 'commitTransaction', { errorCode: 251, errorLabels: transient }, once],
  ['nobody knows what became of the commit', 'commitTransaction', { errorCode: 91, errorLabels: unknown }, once],
  ['nobody knows it twice', 'commitTransaction', { errorCode: 91, errorLabels: unknown }, twice],
  ['the commit is done and its majority not known', 'commitTransaction', { writeConcernError: notKnown }, once],
  ...['insert', 'findAndModify', 'update', 'find', 'aggregate'].flatMap((command): typeof faults => [
    [`the connection breaks at ${command}`, command, { closeConnection: true }, command === 'find' ? twice : once],
    [`the answer to ${command} is a conflict`, command, { errorCode: 112 }, command === 'find' ? second : once],
  ]),
];
const operations = Object.keys(moneyOperations);
const everyCell = faults.flatMap((fault) => operations.map((operation) => [...fault, operation] as const));
/**
 * Each fault once a day, each day with the next operation, so that all cells come up in as many days as there are operations.
 * LEDGER_FAULTS=all takes all of them, and a number the cells of that day.
 */
const { LEDGER_FAULTS: day = today } = process.env;
const isToday = (index: number): boolean => {
  const [fault, operation] = [Math.floor(index / operations.length), index % operations.length];
  return (fault + Number(day)) % operations.length === operation;
};
const cells = day === 'all' ? everyCell : everyCell.filter((_, index) => isToday(index));

let database: OwnDatabase;
let accounting: AccountingHarness;
beforeAll(async () => {
  database = await OwnDatabase.start();
  accounting = await AccountingHarness.start({ STARTING_BALANCE_UCR: '70' }, database);
  await accounting.price('flat', flatPrice(5, 1));
  // From here on prices are remembered, so that an operation reads as often whichever came before it.
  const first = await moneyOperations['a sign of life']!(accounting, await accounting.createUser(500));
  await first.send();
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

const unavailable = ['ledger_busy', 'store_unavailable'];

/** The operation answers as done, or clearly that it cannot be; repeated on a sound database it was done once. */
async function expectOnce(user: TestUser, { send, answer, balance, entries }: MoneyOperation): Promise<void> {
  const first = await send();
  await database.heal();
  if (first.status === 503) expect(unavailable).toContain(first.body.code);
  else expect(first.body).toMatchObject(answer);
  const again = await send();
  expect([again.status < 500, again.body]).toMatchObject([true, answer]);
  const [balance_ucr, held_ucr] = balance;
  expect(await accounting.balance(user)).toMatchObject({ balance_ucr, held_ucr });
  expect(await accounting.entries(user)).toHaveLength(entries);
}

describe(`when a command fails (LEDGER_FAULTS=${day})`, () => {
  it.each(cells)('%s (%s, %j, %j): %s is done once', async (_name, command, data, mode, operation) => {
    const user = await accounting.createUser(500);
    const built = await moneyOperations[operation]!(accounting, user);
    const skip = mode.skip === undefined ? {} : { skip: built.readsBefore ?? 1 };
    await database.failNext(command, data, { ...mode, ...skip });
    await expectOnce(user, built);
  });
});

describe('while the member of the replica set that is asked', () => {
  let holdId: string;
  let seq = 0;
  beforeAll(async () => {
    const { body } = await accounting.hold(await accounting.createUser(500), buildHold({ max_output_tokens: 70 }));
    holdId = body.hold_id;
  });

  const usage = { input_tokens: 10, output_tokens: 5, source: 'provider' };
  const cap = { org_id: 'org_1', user_id: 'usr_1', period: 'day', cap_ucr: 1 };
  /** What runs outside of a transaction, where nothing repeats it more than once, and the command that it begins with. */
  const requests: Record<string, [command: string, send: () => Promise<HttpAnswer>]> = {
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
  const cells = members.flatMap((member) => Object.keys(requests).map((request) => [...member, request] as const));

  it.each(cells)('%s (%i), %s is 503 with Retry-After and works again afterwards', async (_name, errorCode, name) => {
    const [command, send] = requests[name]!;
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

/** One cell, of an operation or of a batch; `npm run crash:ledger` kills at every write of all of them. */
describe('accounting that is killed inside an operation', () => {
  /** The day: in as many as there are each operation and each batch has its turn. LEDGER_SEED takes the cell of another day. */
  const seed = Number(process.env.LEDGER_SEED ?? today);
  const random = new Random(seed);
  const everything = [...crashable, ...batches];
  const databases = testDatabases();

  afterAll(() => databases.drop());

  it(`leaves books that a repetition completes, whatever write it died at (seed ${seed})`, async () => {
    const rows = await runMatrix({
      installation: { product: productBuild(), mongo: databases },
      operations: [everything[seed % everything.length]!],
      choose: (writes) => [random.below(writes + 1)],
      audit: findFaults,
    });
    const cells = rows.flatMap((row) => row.cells);
    expect(cells).toHaveLength(1);
    expect(cells.flatMap(({ faults }) => faults)).toEqual([]);
  });
});
