import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type MongoServerError,
  UUID,
  Long,
  type ClientSession,
  type Collection,
  type Db,
  type Document,
  type MongoClient,
} from 'mongodb';
import fc from 'fast-check';
import { openDatabase } from './database.js';
import { rawCommand } from './raw-command.js';

interface Account {
  _id: number;
  n: number;
}

let client: MongoClient;
let db: Db;
let close: () => Promise<void>;
let accounts: Collection<Account>;
let names = 0;

beforeAll(async () => ({ client, db, close } = await openDatabase()));
afterAll(() => close());
beforeEach(async () => {
  accounts = db.collection<Account>(`accounts${names++}`);
  await accounts.insertMany([{ _id: 1, n: 10 }, { _id: 2, n: 20 }]); // prettier-ignore
});

async function inTransaction<T>(run: (session: ClientSession) => Promise<T>): Promise<T> {
  return client.withSession(async (session) => {
    session.startTransaction();
    try {
      return await run(session);
    } finally {
      if (session.inTransaction()) await session.abortTransaction();
    }
  });
}

const send = (command: Document) => rawCommand(process.env.PARLEY_TEST_MONGODB_URI!, command);

const all = (session?: ClientSession) =>
  accounts
    .find({}, session && { session })
    .sort({ _id: 1 })
    .toArray();

describe('a transaction', () => {
  it('shows its changes to itself at once and to others after its commit', async () => {
    await inTransaction(async (session) => {
      await accounts.updateOne({ _id: 1 }, { $inc: { n: -5 } }, { session });
      await accounts.insertOne({ _id: 3, n: 5 }, { session });
      expect(await all(session)).toEqual([{ _id: 1, n: 5 }, { _id: 2, n: 20 }, { _id: 3, n: 5 }]); // prettier-ignore
      expect(await all()).toEqual([{ _id: 1, n: 10 }, { _id: 2, n: 20 }]); // prettier-ignore
      await session.commitTransaction();
    });
    expect(await all()).toEqual([{ _id: 1, n: 5 }, { _id: 2, n: 20 }, { _id: 3, n: 5 }]); // prettier-ignore
  });

  it('leaves nothing behind when it is aborted', async () => {
    await inTransaction(async (session) => {
      await accounts.deleteOne({ _id: 1 }, { session });
      await accounts.insertOne({ _id: 3, n: 5 }, { session });
    });
    expect(await all()).toEqual([{ _id: 1, n: 10 }, { _id: 2, n: 20 }]); // prettier-ignore
    expect(await accounts.estimatedDocumentCount()).toBe(2);
  });

  it('reads the state of its first read, whatever others write meanwhile', async () => {
    await inTransaction(async (session) => {
      await accounts.findOne({ _id: 1 }, { session });
      await accounts.updateOne({ _id: 2 }, { $set: { n: 99 } });
      await accounts.insertOne({ _id: 3, n: 1 });
      expect(await all(session)).toEqual([{ _id: 1, n: 10 }, { _id: 2, n: 20 }]); // prettier-ignore
    });
  });

  it('conflicts with another that wrote the same document first', async () => {
    await inTransaction(async (first) => {
      await accounts.updateOne({ _id: 1 }, { $inc: { n: 1 } }, { session: first });
      const error: unknown = await inTransaction((second) =>
        accounts.updateOne({ _id: 1 }, { $inc: { n: 1 } }, { session: second }).catch((reason: unknown) => reason),
      );
      expect(error).toMatchObject({ code: 112, codeName: 'WriteConflict' });
      expect((error as MongoServerError).hasErrorLabel('TransientTransactionError')).toBe(true);
    });
  });

  it('conflicts with what was committed after its snapshot', async () => {
    await inTransaction(async (session) => {
      await all(session);
      await accounts.updateOne({ _id: 1 }, { $inc: { n: 1 } });
      await expect(accounts.updateOne({ _id: 1 }, { $inc: { n: 1 } }, { session })).rejects.toMatchObject({
        code: 112,
      });
    });
  });

  it('refuses a duplicate key with 11000 and is over then', async () => {
    await inTransaction(async (session) => {
      await expect(accounts.insertOne({ _id: 1, n: 0 }, { session })).rejects.toMatchObject({
        code: 11000,
        keyPattern: { _id: 1 },
        keyValue: { _id: 1 },
      });
      await expect(accounts.findOne({ _id: 1 }, { session })).rejects.toMatchObject({ code: 251 });
    });
  });

  it('makes a single write on its document wait until it ends', async () => {
    await inTransaction(async (session) => {
      await accounts.updateOne({ _id: 1 }, { $set: { n: 100 } }, { session });
      const waiting = accounts.findOneAndUpdate({ _id: 1 }, { $inc: { n: 1 } }, { returnDocument: 'after' });
      await session.commitTransaction();
      expect(await waiting).toEqual({ _id: 1, n: 101 });
    });
  });

  it('lets a single insert of its unique key wait and then fail', async () => {
    await inTransaction(async (session) => {
      await accounts.insertOne({ _id: 7, n: 1 }, { session });
      const waiting = accounts.insertOne({ _id: 7, n: 2 }).catch((error: unknown) => error);
      await session.commitTransaction();
      expect(await waiting).toMatchObject({ code: 11000 });
    });
  });

  it('makes a collection that nobody sees before the commit', async () => {
    const name = `made${names++}`;
    const known = async () => (await db.listCollections({ name }).toArray()).length;
    await inTransaction(async (session) => {
      await db.collection(name).insertOne({ a: 1 }, { session });
      expect(await known()).toBe(0);
      await session.commitTransaction();
    });
    expect(await known()).toBe(1);
    expect(await db.collection(name).countDocuments()).toBe(1);
  });

  it('may be committed twice and not after an abort', async () => {
    await client.withSession(async (session) => {
      session.startTransaction();
      await accounts.insertOne({ _id: 5, n: 1 }, { session });
      await session.commitTransaction();
      await session.commitTransaction();
    });
    expect(await accounts.countDocuments({ _id: 5 })).toBe(1);
    const lsid = { id: new UUID().toBinary() };
    const commit = { commitTransaction: 1, lsid, txnNumber: Long.fromNumber(1), autocommit: false, $db: 'admin' };
    expect(await send(commit)).toMatchObject({
      code: 251,
      codeName: 'NoSuchTransaction',
    });
  });

  it('runs no command that cannot be part of one', async () => {
    await inTransaction(async (session) => {
      await expect(db.command({ count: accounts.collectionName }, { session })).rejects.toMatchObject({ code: 263 });
    });
  });

  it('keeps the sum of all accounts under many transfers at once', async () => {
    const transfer = (from: number, to: number) =>
      client.withSession((session) =>
        session.withTransaction(async () => {
          const source = await accounts.findOne({ _id: from }, { session });
          await accounts.updateOne({ _id: from }, { $set: { n: source!.n - 1 } }, { session });
          await accounts.updateOne({ _id: to }, { $inc: { n: 1 } }, { session });
        }),
      );
    await Promise.all(Array.from({ length: 20 }, (_, i) => transfer(1 + (i % 2), 2 - (i % 2))));
    expect(await all()).toEqual([{ _id: 1, n: 10 }, { _id: 2, n: 20 }]); // prettier-ignore
  });

  it('has, interleaved with another, the effect of one after the other', async () => {
    const step = fc.record({
      who: fc.constantFrom(0, 1),
      id: fc.constantFrom(1, 2),
      factor: fc.constantFrom(2, 3),
      add: fc.integer({ min: 1, max: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
        await accounts.deleteMany({});
        await accounts.insertMany([{ _id: 1, n: 1 }, { _id: 2, n: 1 }]); // prettier-ignore
        const sessions = [client.startSession(), client.startSession()];
        const failed = [false, false];
        for (const session of sessions) session.startTransaction();
        for (const { who, id, factor, add } of steps) {
          if (failed[who]) continue;
          const change = [{ $set: { n: { $add: [{ $multiply: ['$n', factor] }, add] } } }];
          await accounts.updateOne({ _id: id }, change, { session: sessions[who]! }).catch(() => (failed[who] = true));
        }
        for (const [who, session] of sessions.entries())
          await session.commitTransaction().catch(() => (failed[who] = true));
        for (const session of sessions) await session.endSession();
        const outcome = JSON.stringify(await all());
        expect([serial(steps, [0, 1], failed), serial(steps, [1, 0], failed)]).toContain(outcome);
      }),
      { numRuns: 30 },
    );
  });
});

interface Step {
  who: number;
  id: number;
  factor: number;
  add: number;
}

/** What the steps come to when one transaction runs after the other, without those that failed. */
function serial(steps: Step[], order: number[], failed: boolean[]): string {
  const values = new Map([[1, 1], [2, 1]]); // prettier-ignore
  for (const who of order.filter((each) => !failed[each]))
    for (const step of steps.filter((each) => each.who === who))
      values.set(step.id, values.get(step.id)! * step.factor + step.add);
  return JSON.stringify([...values].map(([_id, n]) => ({ _id, n })));
}

describe('a retryable write', () => {
  it('that is sent again is answered again and done once', async () => {
    const lsid = { id: new UUID().toBinary() };
    const command = {
      update: accounts.collectionName,
      updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 } } }],
      lsid,
      txnNumber: Long.fromNumber(1),
      $db: db.databaseName,
    };
    expect(await send(command)).toMatchObject({ n: 1, nModified: 1 });
    expect(await send(command)).toMatchObject({ n: 1, nModified: 1, retriedStmtIds: [0] });
    expect(await accounts.findOne({ _id: 1 })).toEqual({ _id: 1, n: 11 });
    const older = { ...command, txnNumber: Long.fromNumber(0) };
    expect(await send(older)).toMatchObject({ code: 225, codeName: 'TransactionTooOld' });
  });

  it('gives a findAndModify its first value again', async () => {
    const lsid = { id: new UUID().toBinary() };
    const command = {
      findAndModify: accounts.collectionName,
      query: { _id: 1 },
      update: { $inc: { n: 1 } },
      new: true,
      lsid,
      txnNumber: Long.fromNumber(1),
      $db: db.databaseName,
    };
    await send(command);
    expect((await send(command)).value).toEqual({ _id: 1, n: 11 });
    expect(await accounts.findOne({ _id: 1 })).toEqual({ _id: 1, n: 11 });
  });
});
