import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Collection, type Db, type Document, type MongoBulkWriteError } from 'mongodb';
import { openDatabase } from './database.js';

interface Item {
  _id: number;
  [field: string]: unknown;
}

let db: Db;
let close: () => Promise<void>;
let names = 0;
const fresh = (): Collection<Item> => db.collection<Item>(`c${names++}`);

beforeAll(async () => ({ db, close } = await openDatabase()));
afterAll(() => close());

describe('a collection', () => {
  it('is made once', async () => {
    const { collectionName } = fresh();
    await db.command({ create: collectionName });
    // The same command again changes nothing and is no error; with other options it is one.
    await db.command({ create: collectionName });
    await expect(db.command({ create: collectionName, validator: { n: 1 } })).rejects.toMatchObject({
      code: 48,
      codeName: 'NamespaceExists',
    });
  });

  it('gets another validator by collMod, which holds for what is written from then on', async () => {
    const collection = fresh();
    await collection.insertOne({ _id: 1, n: -1 });
    await db.command({ collMod: collection.collectionName, validator: { n: { $gte: 0 } } });
    await expect(collection.insertOne({ _id: 2, n: -1 })).rejects.toMatchObject({
      code: 121,
      errInfo: { failingDocumentId: 2, details: { operatorName: '$gte', specifiedAs: { n: { $gte: 0 } } } },
    });
    await collection.insertOne({ _id: 2, n: -1 }, { bypassDocumentValidation: true });
    await db.command({ collMod: collection.collectionName, validator: {} });
    await collection.insertOne({ _id: 3, n: -1 });
    expect(await collection.countDocuments()).toBe(3);
  });

  it('may compare its fields with each other in its validator', async () => {
    const collection = await db.createCollection<Item>(`c${names++}`, {
      validator: { $expr: { $lte: ['$held', '$balance'] } },
    });
    await collection.insertOne({ _id: 1, held: 1, balance: 2 });
    await expect(collection.updateOne({ _id: 1 }, { $inc: { held: 2 } } as Document)).rejects.toMatchObject({
      code: 121,
      errInfo: { failingDocumentId: 1, details: { operatorName: '$expr' } },
    });
  });

  it('is gone with its indexes after it was dropped', async () => {
    const collection = fresh();
    await collection.createIndex({ n: 1 }, { unique: true });
    await collection.insertOne({ _id: 1, n: 1 });
    await collection.drop();
    expect(await db.listCollections({ name: collection.collectionName }).toArray()).toEqual([]);
    await expect(db.command({ listIndexes: collection.collectionName })).rejects.toMatchObject({
      code: 26,
      codeName: 'NamespaceNotFound',
    });
    await collection.insertMany([{ _id: 1, n: 1 }, { _id: 2, n: 1 }]); // prettier-ignore
  });
});

describe('an index', () => {
  it('is made once, and not with other options under its name or for its key', async () => {
    const collection = fresh();
    await collection.createIndex({ n: 1 }, { name: 'n' });
    const again = { createIndexes: collection.collectionName, indexes: [{ key: { n: 1 }, name: 'n' }] };
    expect(await db.command(again)).toMatchObject({ numIndexesBefore: 2, numIndexesAfter: 2, ok: 1 });
    await expect(collection.createIndex({ m: 1 }, { name: 'n' })).rejects.toMatchObject({
      code: 86,
      codeName: 'IndexKeySpecsConflict',
    });
    await expect(collection.createIndex({ n: 1 }, { name: 'other' })).rejects.toMatchObject({
      code: 85,
      codeName: 'IndexOptionsConflict',
    });
  });

  it('is dropped by its name or its key, but for the one on _id', async () => {
    const collection = fresh();
    await collection.createIndex({ n: 1 });
    await collection.createIndex({ m: -1 });
    await collection.dropIndex('n_1');
    await db.command({ dropIndexes: collection.collectionName, index: { m: -1 } });
    expect((await collection.indexes()).map(({ name }) => name)).toEqual(['_id_']);
    await expect(collection.dropIndex('n_1')).rejects.toMatchObject({ code: 27, codeName: 'IndexNotFound' });
    await expect(collection.dropIndex('_id_')).rejects.toMatchObject({ code: 72, codeName: 'InvalidOptions' });
  });

  it('cannot hold two arrays side by side', async () => {
    const collection = fresh();
    await collection.createIndex({ a: 1, b: 1 });
    await collection.insertMany([{ _id: 1, a: [1, 2], b: 3 }, { _id: 2, a: 3, b: [1, 2] }]); // prettier-ignore
    await expect(collection.insertOne({ _id: 3, a: [1], b: [1] })).rejects.toMatchObject({
      code: 171,
    });
    expect(await collection.find({ a: 1, b: 3 }).toArray()).toEqual([{ _id: 1, a: [1, 2], b: 3 }]);
  });

  it('of a compound unique key refuses the same values in an array', async () => {
    const collection = fresh();
    await collection.createIndex({ org: 1, emails: 1 }, { unique: true });
    await collection.insertOne({ _id: 1, org: 1, emails: ['a', 'b'] });
    await collection.insertOne({ _id: 2, org: 2, emails: ['a', 'b'] });
    await expect(collection.insertOne({ _id: 3, org: 1, emails: ['c', 'b'] })).rejects.toMatchObject({
      code: 11000,
      keyPattern: { org: 1, emails: 1 },
      keyValue: { org: 1, emails: 'b' },
    });
    await collection.updateOne({ _id: 1 }, { $pull: { emails: 'b' } as Document });
    await collection.insertOne({ _id: 3, org: 1, emails: ['c', 'b'] });
  });
});

describe('a write of many documents', () => {
  const twice = (collection: Collection<Item>, ordered: boolean) =>
    collection.insertMany([{ _id: 1 }, { _id: 1, again: true }, { _id: 2 }, { _id: 1 }], { ordered }).then(
      () => Promise.reject(new Error('it was not refused')),
      (error: MongoBulkWriteError) => error,
    );

  it('stops at the first error when it is ordered, and says where', async () => {
    const collection = fresh();
    const { code, insertedCount, writeErrors } = await twice(collection, true);
    expect({ code, insertedCount }).toEqual({ code: 11000, insertedCount: 1 });
    const namespace = `${db.databaseName}.${collection.collectionName}`;
    expect([writeErrors].flat().map(({ err }) => err)).toEqual([
      expect.objectContaining({
        index: 1,
        code: 11000,
        errmsg: `E11000 duplicate key error collection: ${namespace} index: _id_ dup key: { _id: 1 }`,
      }),
    ]);
    expect(await collection.find().toArray()).toEqual([{ _id: 1 }]);
  });

  it('goes on behind an error when it is not ordered', async () => {
    const collection = fresh();
    const { insertedCount, writeErrors } = await twice(collection, false);
    expect(insertedCount).toBe(2);
    expect([writeErrors].flat().map(({ index }) => index)).toEqual([1, 3]);
    expect(await collection.find().toArray()).toEqual([{ _id: 1 }, { _id: 2 }]);
  });
});
