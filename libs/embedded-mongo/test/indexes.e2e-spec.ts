import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Db, Document } from 'mongodb';
import { openDatabase } from './database.js';

let db: Db;
let close: () => Promise<void>;
let names = 0;

beforeAll(async () => ({ db, close } = await openDatabase()));
afterAll(() => close());

const fresh = () => db.collection<Document>(`c${names++}`);

describe('a unique index', () => {
  it('refuses a second document with the same key and says which', async () => {
    const collection = fresh();
    await collection.createIndex({ a: 1, b: -1 }, { unique: true });
    await collection.insertOne({ a: 1, b: 'x' });
    await expect(collection.insertOne({ a: 1, b: 'x' })).rejects.toMatchObject({
      code: 11000,
      keyPattern: { a: 1, b: -1 },
      keyValue: { a: 1, b: 'x' },
    });
    await collection.insertOne({ a: 1, b: 'y' });
    await expect(collection.updateOne({ b: 'y' }, { $set: { b: 'x' } })).rejects.toMatchObject({ code: 11000 });
  });

  it('counts a missing field as null, unless it is sparse or partial', async () => {
    const [plain, sparse, partial] = [fresh(), fresh(), fresh()];
    await plain.createIndex({ a: 1 }, { unique: true });
    await sparse.createIndex({ a: 1 }, { unique: true, sparse: true });
    await partial.createIndex({ a: 1 }, { unique: true, partialFilterExpression: { live: true } });
    await plain.insertOne({ x: 1 });
    await expect(plain.insertOne({ x: 2 })).rejects.toMatchObject({ code: 11000 });
    await sparse.insertMany([{ x: 1 }, { x: 2 }]);
    await partial.insertMany([{ a: 1, live: true }, { a: 1, live: false }]); // prettier-ignore
    await expect(partial.insertOne({ a: 1, live: true })).rejects.toMatchObject({ code: 11000 });
    expect(await sparse.countDocuments()).toBe(2);
  });

  it('keeps the elements of arrays apart between documents, not within one', async () => {
    const collection = fresh();
    await collection.createIndex({ a: 1 }, { unique: true });
    await collection.insertOne({ a: [1, 1, 2] });
    await expect(collection.insertOne({ a: [2, 3] })).rejects.toMatchObject({ code: 11000, keyValue: { a: 2 } });
  });

  it('cannot be built over documents that break it', async () => {
    const collection = fresh();
    await collection.insertMany([{ a: 1 }, { a: 1 }]);
    await expect(collection.createIndex({ a: 1 }, { unique: true })).rejects.toMatchObject({ code: 11000 });
    expect((await collection.indexes()).map(({ name }) => name)).toEqual(['_id_']);
  });
});

describe('a partial index', () => {
  it('answers what it has all documents of, and refuses to answer anything else', async () => {
    const collection = fresh();
    await collection.createIndex({ a: 1 }, { name: 'live', partialFilterExpression: { live: true } });
    await collection.insertMany([{ a: 1, live: true }, { a: 1 }]); // prettier-ignore
    expect(await collection.find({ a: 1, live: true }).hint('live').toArray()).toHaveLength(1);
    expect(await collection.find({ a: 1 }).toArray()).toHaveLength(2);
    await expect(collection.find({ a: 1 }).hint('live').toArray()).rejects.toMatchObject({ code: 291 });
  });
});

describe('explain', () => {
  it('names the index that answers a filter or a sort', async () => {
    const collection = fresh();
    await collection.createIndex({ a: 1, b: 1 });
    const planOf = async (filter: Document, sort: Record<string, 1 | -1> = {}) =>
      JSON.stringify((await collection.find(filter).sort(sort).explain('queryPlanner')).queryPlanner.winningPlan);
    expect(await planOf({ a: 1, b: { $gt: 2 } })).toContain('"indexName":"a_1_b_1"');
    expect(await planOf({ a: 1 }, { b: -1 })).not.toContain('SORT');
    expect(await planOf({ b: 1 })).toContain('COLLSCAN');
  });
});

describe('a specification that makes no sense', () => {
  it('is refused', async () => {
    const collection = fresh();
    await collection.createIndex({ a: 1 }, { name: 'n' });
    await expect(collection.createIndex({ a: 1 }, { name: 'm' })).rejects.toMatchObject({ code: 85 });
    await expect(collection.createIndex({ b: 1 }, { name: 'n' })).rejects.toMatchObject({ code: 86 });
    await expect(collection.createIndex({ c: 'text' })).rejects.toMatchObject({ code: 67 });
    await collection.createIndex({ x: 1, y: 1 });
    await expect(collection.insertOne({ x: [1], y: [2] })).rejects.toMatchObject({ code: 171 });
  });
});
