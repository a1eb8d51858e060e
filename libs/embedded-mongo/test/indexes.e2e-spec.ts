import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Decimal128, Double, Long, type Collection, type Db, type Document } from 'mongodb';
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

const leaf: fc.Arbitrary<unknown> = fc.oneof(
  fc.integer({ min: -2, max: 4 }),
  fc.integer({ min: 0, max: 3 }).map((n) => new Double(n)),
  fc.integer({ min: 0, max: 3 }).map((n) => Long.fromNumber(n)),
  fc.constantFrom<unknown>(null, 'a', 'b', true, 0.5, Decimal128.fromString('1.5'), new Date(5)),
);
const field: fc.Arbitrary<unknown> = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 3 }),
  fc.record({ c: leaf }),
  fc.array(fc.record({ c: leaf }, { requiredKeys: [] }), { maxLength: 2 }),
);
const stored = fc.record({ a: field, b: leaf }, { requiredKeys: [] });
const condition: fc.Arbitrary<unknown> = fc.oneof(
  leaf,
  fc.record({ $gt: leaf, $lte: leaf }, { requiredKeys: [] }).filter((range) => Object.keys(range).length > 0),
  fc.record({ $in: fc.array(leaf, { maxLength: 3 }) }),
  fc.record({ $ne: leaf }),
  fc.record({ $exists: fc.boolean() }),
);
const filter = fc.record({ a: condition, 'a.c': condition, b: condition }, { requiredKeys: [] });
const sort = fc.constantFrom<Record<string, 1 | -1>>(
  { a: 1 },
  { a: -1 },
  { b: 1, a: 1 },
  { a: 1, b: -1 },
  { 'a.c': 1 },
);

const INDEXES: Document[] = [{ a: 1 }, { 'a.c': -1 }, { a: 1, b: -1 }, { b: 1, a: 1 }, { b: 1, 'a.c': 1 }];

async function answers(
  collection: Collection,
  wanted: Document,
  order: Record<string, 1 | -1>,
  hint: Document,
): Promise<unknown[]> {
  const found = await collection
    .find(wanted)
    .sort({ ...order, _id: 1 })
    .hint(hint)
    .toArray();
  return found.map(({ _id }) => _id as unknown);
}

describe('an answer through an index', () => {
  it('equals the answer of a full scan', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(stored, { minLength: 1, maxLength: 12 }),
        fc.array(fc.tuple(filter, sort), { minLength: 4, maxLength: 4 }),
        async (documents, questions) => {
          const collection = fresh();
          await collection.createIndexes(INDEXES.map((key) => ({ key: key as never })));
          await collection.insertMany(documents.map((document, i) => ({ _id: i as never, ...document })));
          for (const [wanted, order] of questions) {
            const scan = await answers(collection, wanted, order, { $natural: 1 });
            for (const index of INDEXES) expect(await answers(collection, wanted, order, index)).toEqual(scan);
          }
          await collection.drop();
        },
      ),
      { numRuns: 40 },
    );
  });
});
