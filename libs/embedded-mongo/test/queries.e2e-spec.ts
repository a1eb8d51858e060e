import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Decimal128, Double, Long, MaxKey, MinKey, type Collection, type Db, type Document } from 'mongodb';
import { openDatabase } from './database.js';

let db: Db;
let close: () => Promise<void>;
let names = 0;

/** Ids are numbers here, for readable expectations. */
type Numbered = Document & { _id: number };

beforeAll(async () => ({ db, close } = await openDatabase()));
afterAll(() => close());

async function filled(documents: Document[]): Promise<Collection<Numbered>> {
  const collection = db.collection<Numbered>(`c${names++}`);
  if (documents.length > 0) await collection.insertMany(documents as Numbered[]);
  return collection;
}

const ids = async (collection: Collection<Numbered>, filter: Document, sort: Record<string, 1 | -1> = { _id: 1 }) =>
  (await collection.find(filter).sort(sort).toArray()).map(({ _id }) => _id as unknown);

async function updated(document: Document, update: Document, options: Document = {}): Promise<Document | null> {
  const collection = await filled([document]);
  await collection.updateOne((options.filter as Document | undefined) ?? { _id: document._id }, update, options);
  return collection.findOne({ _id: document._id }, { promoteValues: options.promoteValues !== false });
}

describe('a filter', () => {
  it('finds missing fields and nulls by null, and tells them apart by $exists', async () => {
    const collection = await filled([{ _id: 1, a: null }, { _id: 2 }, { _id: 3, a: 0 }]);
    expect(await ids(collection, { a: null })).toEqual([1, 2]);
    expect(await ids(collection, { a: { $exists: false } })).toEqual([2]);
    expect(await ids(collection, { a: { $ne: null } })).toEqual([3]);
  });

  it('compares within one type only, but all types of numbers with each other', async () => {
    const collection = await filled([
      { _id: 1, a: 5 },
      { _id: 2, a: new Double(5) },
      { _id: 3, a: Long.fromNumber(5) },
      { _id: 4, a: Decimal128.fromString('5.0') },
      { _id: 5, a: '5' },
      { _id: 6, a: new Date(5) },
    ]);
    expect(await ids(collection, { a: 5 })).toEqual([1, 2, 3, 4]);
    expect(await ids(collection, { a: { $gt: 4 } })).toEqual([1, 2, 3, 4]);
    expect(await ids(collection, { a: { $type: 'long' } })).toEqual([3]);
  });

  it('enters arrays, by element and by position', async () => {
    const collection = await filled([
      { _id: 1, a: [{ b: 1 }, { b: 5 }] },
      { _id: 2, a: [{ b: 3 }] },
      { _id: 3, a: [1, 5] },
    ]);
    expect(await ids(collection, { 'a.b': 5 })).toEqual([1]);
    expect(await ids(collection, { 'a.1.b': 5 })).toEqual([1]);
    expect(await ids(collection, { 'a.b': { $gt: 1, $lt: 5 } })).toEqual([1, 2]);
    expect(await ids(collection, { a: { $elemMatch: { b: { $gt: 1, $lt: 5 } } } })).toEqual([2]);
    expect(await ids(collection, { a: { $all: [1, 5] } })).toEqual([3]);
    expect(await ids(collection, { a: { $size: 1 } })).toEqual([2]);
  });

  it('meets two bounds with two elements of an array', async () => {
    const collection = await filled([{ _id: 1, a: [1, 9] }]);
    await collection.createIndex({ a: 1 });
    expect(await ids(collection, { a: { $gt: 4, $lt: 6 } })).toEqual([1]);
  });

  it.each([
    [{ $foo: 1 }, 2],
    [{ a: { $foo: 1 } }, 2],
    [{ $and: [] }, 2],
    [{ a: { $in: 1 } }, 2],
    [{ $expr: { $foo: 1 } }, 168],
  ])('refuses %j with code %i', async (filter, code) => {
    const collection = await filled([]);
    await expect(collection.find(filter as Document).toArray()).rejects.toMatchObject({ code });
  });
});

describe('a sort', () => {
  it('puts the types into their order', async () => {
    const values = [new MinKey(), null, -1, 2.5, 'a', { a: 1 }, false, new Date(0), new MaxKey()];
    const collection = await filled(values.map((a, _id) => ({ _id, a })).reverse());
    expect(await ids(collection, {}, { a: 1 })).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    await collection.createIndex({ a: 1 });
    expect(await ids(collection, {}, { a: -1 })).toEqual([8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  it('takes the least element of an array upwards and the greatest downwards', async () => {
    const collection = await filled([
      { _id: 1, a: [1, 9] },
      { _id: 2, a: 5 },
      { _id: 3, a: [] },
    ]);
    expect(await ids(collection, {}, { a: 1 })).toEqual([3, 1, 2]);
    expect(await ids(collection, {}, { a: -1 })).toEqual([1, 2, 3]);
  });
});

describe('an update', () => {
  it('counts with int64 exactly, beyond 2^53', async () => {
    const after = await updated(
      { _id: 1, a: Long.fromString('9007199254740993') },
      { $inc: { a: 2 } },
      { promoteValues: false },
    );
    expect(String(after!.a)).toBe('9007199254740995');
  });

  it('turns an int32 that outgrows itself into an int64, and refuses what an int64 cannot hold', async () => {
    const collection = await filled([{ _id: 1, a: 2147483647, b: Long.MAX_VALUE }]);
    await collection.updateOne({ _id: 1 }, { $inc: { a: 1 } });
    expect(await ids(collection, { a: { $type: 'long' } })).toEqual([1]);
    await expect(collection.updateOne({ _id: 1 }, { $inc: { b: 1 } })).rejects.toMatchObject({ code: 2 });
  });

  it('adds new fields in the order of their names', async () => {
    const after = await updated({ _id: 1 }, { $set: { z: 1, b: 2, 'a.c': 3 } });
    expect(Object.keys(after!)).toEqual(['_id', 'a', 'b', 'z']);
  });

  it('pushes with a position, an order and a limit', async () => {
    const after = await updated({ _id: 1, a: [5, 1] }, { $push: { a: { $each: [3, 9], $sort: -1, $slice: 3 } } });
    expect(after!.a).toEqual([9, 5, 3]);
  });

  it('reaches into arrays through $, $[] and array filters', async () => {
    const document = { _id: 1, a: [{ n: 1 }, { n: 2 }, { n: 3 }] };
    const first = await updated(document, { $set: { 'a.$.x': 1 } }, { filter: { 'a.n': 2 } });
    expect(first!.a).toEqual([{ n: 1 }, { n: 2, x: 1 }, { n: 3 }]);
    const all = await updated({ ...document }, { $inc: { 'a.$[].n': 1 } });
    expect(all!.a).toEqual([{ n: 2 }, { n: 3 }, { n: 4 }]);
    const some = await updated(
      { ...document },
      { $inc: { 'a.$[e].n': 10 } },
      { arrayFilters: [{ 'e.n': { $gte: 2 } }] },
    );
    expect(some!.a).toEqual([{ n: 1 }, { n: 12 }, { n: 13 }]);
  });

  it('pulls by value and by condition', async () => {
    const after = await updated(
      { _id: 1, a: [1, 2, 3], b: [{ x: 1 }, { x: 2 }] },
      { $pull: { a: { $gte: 2 }, b: { x: 1 } } },
    );
    expect(after).toEqual({ _id: 1, a: [1], b: [{ x: 2 }] });
  });

  it('takes a pipeline, with the time of the server', async () => {
    const after = await updated({ _id: 1, a: 2 }, [{ $set: { b: { $multiply: ['$a', 3] }, at: '$$NOW' } }] as Document);
    expect(after).toEqual({ _id: 1, a: 2, b: 6, at: expect.any(Date) });
  });

  it('makes the document of an upsert from the filter and the operators', async () => {
    const collection = await filled([]);
    const result = await collection.updateOne(
      { a: 1, 'b.c': 2, d: { $gt: 3 } },
      { $set: { x: 1 }, $setOnInsert: { y: 2 } },
      { upsert: true },
    );
    expect(result.upsertedCount).toBe(1);
    expect(await collection.findOne({}, { projection: { _id: 0 } })).toEqual({ a: 1, b: { c: 2 }, x: 1, y: 2 });
  });

  it.each([
    [{ $set: { _id: 2 } }, 66],
    [{ $set: { a: 1, 'a.b': 2 } }, 40],
    [{ $foo: { a: 1 } }, 9],
    [{ $inc: { a: 'x' } }, 14],
    [{ $set: { 'n.x': 1 } }, 28],
  ])('refuses %j with code %i and changes nothing', async (update, code) => {
    const collection = await filled([{ _id: 1, n: 5 }]);
    await expect(collection.updateOne({ _id: 1 }, update as Document)).rejects.toMatchObject({ code });
    expect(await collection.findOne()).toEqual({ _id: 1, n: 5 });
  });
});

describe('an aggregation', () => {
  it('groups, joins and unwinds', async () => {
    const people = await filled([
      { _id: 1, team: 'a', pay: 10 },
      { _id: 2, team: 'a', pay: 20 },
      { _id: 3, team: 'b', pay: 5 },
    ]);
    const teams = await filled([{ _id: 'a', name: 'A' }]);
    const result = await people
      .aggregate([
        { $group: { _id: '$team', pay: { $sum: '$pay' }, mean: { $avg: '$pay' } } },
        { $lookup: { from: teams.collectionName, localField: '_id', foreignField: '_id', as: 'team' } },
        { $unwind: { path: '$team', preserveNullAndEmptyArrays: true } },
        { $sort: { pay: -1 } },
      ])
      .toArray();
    expect(result).toEqual([{ _id: 'a', pay: 30, mean: 15, team: { _id: 'a', name: 'A' } }, { _id: 'b', pay: 5, mean: 5 }]); // prettier-ignore
  });

  it('refuses a stage, an operator and an accumulator that it does not know', async () => {
    const collection = await filled([{ _id: 1 }]);
    const run = (stage: Document) => collection.aggregate([stage]).toArray();
    await expect(run({ $foo: 1 })).rejects.toMatchObject({ code: 40324 });
    await expect(run({ $project: { a: { $foo: 1 } } })).rejects.toMatchObject({ code: 168 });
    await expect(run({ $group: { _id: 1, a: { $foo: 1 } } })).rejects.toMatchObject({ code: 15952 });
  });
});

describe('a validator', () => {
  it('refuses what it does not allow, with code 121 and the reason', async () => {
    const name = `c${names++}`;
    await db.createCollection(name, {
      validator: {
        $jsonSchema: { bsonType: 'object', required: ['n'], properties: { n: { bsonType: 'int', minimum: 0 } } },
      },
    });
    const collection = db.collection<Document>(name);
    await collection.insertOne({ _id: 1 as never, n: 1 });
    await expect(collection.insertOne({ n: -1 })).rejects.toMatchObject({
      code: 121,
      errInfo: { details: { operatorName: '$jsonSchema' } },
    });
    await expect(collection.updateOne({ n: 1 }, { $set: { n: 'x' } })).rejects.toMatchObject({ code: 121 });
    expect(await collection.find().toArray()).toEqual([{ _id: 1, n: 1 }]);
  });
});

describe('a cursor', () => {
  it('gives all documents, batch by batch', async () => {
    const collection = await filled(Array.from({ length: 1234 }, (_, _id) => ({ _id })));
    const found = await collection.find({}, { batchSize: 100 }).toArray();
    expect(found.map(({ _id }) => _id as unknown)).toEqual(Array.from({ length: 1234 }, (_, i) => i));
  });

  it('is unknown after it was closed', async () => {
    const collection = await filled([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
    const reply = await db.command({ find: collection.collectionName, batchSize: 1 }, { promoteLongs: false });
    const { id } = (reply as { cursor: { id: Long } }).cursor;
    await db.command({ killCursors: collection.collectionName, cursors: [id] });
    await expect(db.command({ getMore: id, collection: collection.collectionName })).rejects.toMatchObject({
      code: 43,
    });
  });
});

describe('an unknown command or field', () => {
  it('is refused by name', async () => {
    await expect(db.command({ fooBar: 1 })).rejects.toMatchObject({ code: 59, codeName: 'CommandNotFound' });
    await expect(db.command({ find: 'c', fooBar: 1 })).rejects.toMatchObject({ code: 40415 });
  });
});
