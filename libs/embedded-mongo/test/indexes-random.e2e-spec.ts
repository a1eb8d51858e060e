import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  Decimal128,
  Double,
  Long,
  MongoServerError,
  type Collection,
  type Db,
  type Document,
  type Sort,
} from 'mongodb';
import { openDatabase } from './database.js';

type Row = Document & { _id: number };

let db: Db;
let close: () => Promise<void>;
let names = 0;

beforeAll(async () => ({ db, close } = await openDatabase()));
afterAll(() => close());

const leaf: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -1, max: 3 }) },
  fc.constantFrom<unknown>(new Double(1), Long.fromNumber(2), Decimal128.fromString('1.5'), NaN, 0.5),
  fc.constantFrom<unknown>(null, null, 'a', 'b', true, new Date(5)),
);
const list = fc.array(leaf, { maxLength: 3 });
const part = fc.record({ c: fc.oneof(leaf, list), e: leaf }, { requiredKeys: [] });
const value = fc.oneof(
  leaf,
  list,
  fc.array(fc.integer({ min: -1, max: 3 }), { maxLength: 3 }),
  part,
  fc.array(fc.oneof(leaf, part, list), { maxLength: 3 }),
);
const fields = fc.record({ a: value, b: fc.oneof({ weight: 3, arbitrary: leaf }, value) }, { requiredKeys: [] });

const comparison: fc.Arbitrary<unknown> = fc.oneof(
  fc.record({ $gt: leaf, $gte: leaf, $lt: leaf, $lte: leaf }, { requiredKeys: [] }),
  fc.record({ $in: fc.array(fc.oneof(leaf, list), { maxLength: 3 }) }),
  fc.record({ $type: fc.constantFrom<unknown>('int', 'number', 'string', 'null', 'array', ['int', 'date']) }),
  fc.record({ $eq: fc.oneof(leaf, list) }),
);
const number = fc.integer({ min: -1, max: 3 });
/** What two elements of an array can meet together. */
const between = fc.record({ $gte: number, $lte: number });
const isNotEmpty = (condition: unknown) => Object.keys(condition as object).length > 0;
const test = comparison.filter(isNotEmpty);
const condition: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: leaf },
  { weight: 3, arbitrary: test },
  { weight: 4, arbitrary: between },
  fc.oneof(list, part),
  fc.oneof(fc.record({ $ne: leaf }), fc.record({ $nin: list }), fc.record({ $not: test })),
  fc.oneof(fc.record({ $exists: fc.boolean() }), fc.record({ $size: fc.nat(2) }), fc.record({ $all: list })),
  fc.record({ $elemMatch: fc.oneof(test, fc.record({ c: fc.oneof(leaf, test) })) }),
  fc.constantFrom<unknown>(/a/, { $regex: '^a' }, { $in: [/a/, 1] }),
);
const flat = fc
  .record({ a: condition, 'a.c': condition, 'a.0': condition, b: condition }, { requiredKeys: [] })
  .map((found) => Object.fromEntries(Object.entries(found).slice(0, 1)));
const several = fc.array(flat, { minLength: 1, maxLength: 3 });
const filter: fc.Arbitrary<Document> = fc.oneof(
  { weight: 4, arbitrary: flat },
  fc.oneof(fc.record({ $and: several }), fc.record({ $or: several }), fc.record({ $nor: several })),
  fc.tuple(flat, several).map(([own, $or]) => ({ ...own, $or })),
);

const direction = fc.constantFrom<1 | -1>(1, -1);
const order = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom('a', 'a.c', 'a.e', 'a.0', 'b'), { maxLength: 2 }),
    fc.array(direction, { minLength: 3, maxLength: 3 }),
  ) // prettier-ignore
  .map(([paths, ways]): [string, 1 | -1][] => [...paths, '_id'].map((path, i) => [path, ways[i]!]));
const partial = fc.constantFrom<Document>(
  { a: { $exists: true } }, { a: { $gt: 0 } }, { a: { $type: 'int' } }, { b: { $in: [1, 2] } }, { b: null },
  { $or: [{ a: { $lte: 1 } }, { b: 'a' }] }, { a: { $gte: 0, $lt: 3 } }, { 'a.c': { $exists: true } },
); // prettier-ignore
const index = fc.record({
  key: order.map((pairs) => (pairs.length > 2 || pairs[0]![1] === 1 ? pairs : pairs.slice(0, 1))),
  options: fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    fc.constantFrom({ sparse: true }, { unique: true }, { unique: true, sparse: true }),
    partial.map((partialFilterExpression) => ({ partialFilterExpression })),
  ),
});

interface Question {
  filter: Document;
  sort: [string, 1 | -1][];
  limit: number;
}
const question: fc.Arbitrary<Question> = fc.record({ filter, sort: order, limit: fc.constantFrom(0, 0, 1, 3) });
const change = fc.tuple(
  fc.nat(9),
  fc.oneof(
    fc.record({ $set: fields.filter(isNotEmpty) }),
    fc.constantFrom<Document>({ $unset: { a: 1 } }, { $set: { 'a.c': 2 } }, { $inc: { b: 1 } }, { $push: { a: 1 } }),
    fc.constant(undefined),
  ),
);

const REFUSED_PLAN = 291;

/** The ids of what is found, or the code of the error. */
async function answer(collection: Collection<Row>, asked: Question, hint?: string | Document): Promise<unknown> {
  try {
    const options = { sort: asked.sort as Sort, limit: asked.limit, projection: { _id: 1 }, ...(hint && { hint }) };
    return (await collection.find(asked.filter, options).toArray()).map(({ _id }) => _id);
  } catch (error) {
    if (error instanceof MongoServerError) return error.code;
    throw error;
  }
}

async function expectSame(collection: Collection<Row>, questions: Question[], indexes: Document[]): Promise<void> {
  for (const asked of questions) {
    const scan = await answer(collection, asked, { $natural: 1 });
    expect(await answer(collection, asked)).toEqual(scan);
    for (const { name, sparse, partialFilterExpression } of indexes) {
      // With a hint MongoDB uses a sparse index even when documents are missing in it.
      if (sparse) continue;
      const found = await answer(collection, asked, name as string);
      if (!partialFilterExpression || found !== REFUSED_PLAN) expect({ name, found }).toEqual({ name, found: scan });
    }
  }
}

const ignored = (error: unknown) => {
  if (!(error instanceof MongoServerError)) throw error;
};

async function apply(collection: Collection<Row>, [_id, update]: [number, Document | undefined]): Promise<void> {
  await (update ? collection.updateOne({ _id }, update) : collection.deleteOne({ _id })).catch(ignored);
}

describe('an answer through an index', () => {
  it('equals the answer of a full scan, also after changes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(index, { minLength: 1, maxLength: 4 }),
        fc.array(fields, { minLength: 2, maxLength: 10 }),
        fc.array(question, { minLength: 5, maxLength: 8 }),
        fc.array(change, { maxLength: 4 }),
        async (wanted, documents, questions, changes) => {
          const collection = db.collection<Row>(`c${names++}`);
          const specs = wanted.map(({ key, options }, i) => ({ key: new Map(key), name: `i${i}`, ...options }));
          for (const spec of specs) await collection.createIndexes([spec]).catch(ignored);
          const rows = documents.map((document, _id) => ({ _id, ...document }));
          await collection.insertMany(rows, { ordered: false }).catch(ignored);
          const indexes = await collection.indexes();
          await expectSame(collection, questions, indexes);
          for (const one of changes) await apply(collection, one);
          await expectSame(collection, questions, indexes);
          await collection.drop();
        },
      ),
      { numRuns: Number(process.env.RANDOM_RUNS ?? 25) },
    );
  });
});
