import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getConnectionToken, getModelToken } from '@nestjs/mongoose';
import type { Connection, Model } from 'mongoose';
import { entryCollection } from '../src/ledger/ledger-entry.schema.js';
import { LedgerService } from '../src/ledger/ledger.service.js';
import { holdPosting } from '../src/ledger/posting.js';
import { PostingRefused } from '../src/ledger/posting-batch.js';
import { LedgerTransactions } from '../src/transactions/ledger-transactions.js';
import { AccountingHarness, buildHold, buildHoldId, flatPrice, problem, refusal } from './accounting-harness.js';
import { findFaults } from './sound-books.js';

let accounting: AccountingHarness;
beforeAll(async () => {
  accounting = await AccountingHarness.start();
  await accounting.price('flat', flatPrice(75));
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

const accounts = () => accounting.db.collection<{ _id: string }>('credit_accounts');

describe('the database itself', () => {
  it.each([
    ['a negative balance', { balance_ucr: -1n }],
    ['a negative hold', { held_ucr: -1n }],
    ['more held than owned', { held_ucr: 501n }],
    ['a float', { balance_ucr: 500.5 }],
    ['a plain integer where a long belongs', { balance_ucr: 500 }],
    ['an unknown status', { status: 'rich' }],
  ])('refuses %s on an account', async (_name, change) => {
    const user = await accounting.createUser(500);
    await expect(accounts().updateOne({ _id: `user:${user.id}` }, { $set: change })).rejects.toMatchObject({
      code: 121,
    });
  });

  it.each(['credit_accounts', 'credit_entries', 'credit_holds', 'price_versions'])(
    'refuses a document of another shape in %s',
    async (name) => {
      await expect(accounting.db.collection(name).insertOne({ reason: 'none' })).rejects.toMatchObject({ code: 121 });
    },
  );

  it('refuses a second entry with the same number on an account', async () => {
    const user = await accounting.createUser(500);
    const [entry] = await accounting.entries(user);
    const copy = { ...entry, _id: 'alloc:copy' } as never;
    await expect(accounting.db.collection('credit_entries').insertOne(copy)).rejects.toMatchObject({ code: 11_000 });
  });

  it.each(['credit_accounts', 'credit_entries', 'credit_holds', 'price_versions'])(
    'never removes anything from %s by itself',
    async (name) => {
      const indexes = await accounting.db.collection(name).indexes();
      expect(indexes.filter((index) => 'expireAfterSeconds' in index)).toEqual([]);
    },
  );
});

describe('an account that has lost track of a hold', () => {
  it('makes its settlement a 500 and an error in the log, never a lack of credits', async () => {
    const user = await accounting.createUser(500);
    const request = buildHold();
    await accounting.hold(user, request);
    const byHand = (held_ucr: bigint) => accounts().updateOne({ _id: `user:${user.id}` }, { $set: { held_ucr } });
    await byHand(74n);
    const answer = await accounting.settle(request.hold_id);
    const faults = await findFaults(accounting.db);
    await byHand(75n);
    expect(refusal(answer)).toEqual(problem(500, 'ledger_invariant'));
    expect(accounting.logs.lines).toContainEqual(expect.objectContaining({ level: 'error', code: 'ledger_invariant' }));
    expect(faults).toContain(`I2 user:${user.id}: held is not the sum of the open holds`);
  });
});

describe('postings that are written together', () => {
  /** Posts twice to one account and lets something else happen to it before the batch is written. */
  async function postTwice(accountId: string, change?: Record<string, unknown>): Promise<void> {
    const from = <Service>(token: unknown) => accounting.service.app.get<Service>(token as never, { strict: false });
    const ledger = from<LedgerService>(LedgerService);
    const accounts = from<Connection>(getConnectionToken()).collection<{ _id: string }>('credit_accounts');
    const post = () => holdPosting(buildHoldId(), accountId, 10n, { actor: 'svc:test' });
    await from<LedgerTransactions>(LedgerTransactions).run((transaction) =>
      ledger.postTogether(transaction, accountId, async () => {
        await ledger.post(transaction, post());
        await ledger.post(transaction, post());
        if (change) await accounts.updateOne({ _id: accountId }, change, { session: transaction });
      }),
    );
  }

  it.each<[string, Record<string, unknown>]>([
    ['moved', { $inc: { seq: 1 } }],
    ['frozen', { $set: { status: 'frozen' } }],
  ])('are refused as a whole when the account was %s in the meantime', async (_name, change) => {
    const user = await accounting.createUser(100);
    const before = await accounting.counts();
    await expect(postTwice(`user:${user.id}`, change)).rejects.toThrow(PostingRefused);
    expect(await accounting.counts()).toEqual(before);
    expect(await accounting.balance(user)).toEqual({ balance_ucr: 100, held_ucr: 0, available_ucr: 100 });
  });
});

describe('the entries', () => {
  const model = () => accounting.service.app.get<Model<unknown>>(getModelToken(entryCollection.name));

  it.each([
    ['updateOne', () => model().updateOne({}, { $set: { reason: 'x' } })],
    ['updateMany', () => model().updateMany({}, { $set: { reason: 'x' } })],
    ['findOneAndUpdate', () => model().findOneAndUpdate({}, { $set: { reason: 'x' } })],
    ['replaceOne', () => model().replaceOne({}, {})],
    ['deleteOne', () => model().deleteOne({})],
    ['deleteMany', () => model().deleteMany({})],
    ['findOneAndDelete', () => model().findOneAndDelete({})],
  ])('cannot be changed by the code with %s', async (_name, change) => {
    await accounting.createUser(5);
    await expect(Promise.resolve(change())).rejects.toThrow('append-only');
  });
});

describe('a second start on the same database', () => {
  it('keeps every balance', async () => {
    const user = await accounting.createUser(500);
    const instance = await accounting.addInstance();
    expect((await instance.http.get('/credits/balance', { token: user.token })).body.balance_ucr).toBe(500);
  });

  it('[attack 116] removes the denied holds of an earlier version, so that their ids can be used', async () => {
    const user = await accounting.createUser(500);
    const request = buildHold();
    const { body } = await accounting.hold(user, buildHold());
    const holds = accounting.db.collection<{ _id: string }>('credit_holds');
    const hold = (await holds.findOne({ _id: body.hold_id }))!;
    const denied = { state: 'denied', available_ucr: 1n, denied_for: 'credits', request_hash: 'of another request' };
    await accounting.db.command({ collMod: 'credit_holds', validator: {} });
    await holds.insertOne({ ...hold, ...denied, _id: request.hold_id });
    await accounting.addInstance();
    expect(await accounting.storedHold(request.hold_id)).toBeNull();
    expect((await accounting.hold(user, request)).status).toBe(201);
  });

  it('gives the collections the validators of today', async () => {
    await accounting.db.command({ collMod: 'credit_accounts', validator: {} });
    await accounting.addInstance();
    const user = await accounting.createUser(5);
    await expect(
      accounts().updateOne({ _id: `user:${user.id}` }, { $set: { balance_ucr: -1n } }),
    ).rejects.toMatchObject({ code: 121 });
  });
});
