import { afterEach, describe, expect, it } from '@jest/globals';
import { Decimal128, Double, type Document } from 'mongodb';
import { expectAnswer, probes, refused, rows, type Numbered, type Refused } from './answers.js';
import { FreshServers } from './fresh-server.js';
import { StandingClock } from './standing-clock.js';

const servers = new FreshServers();
afterEach(() => servers.cleanUp());

describe('a partial TTL index', () => {
  it.each<[string, object, number[]]>([
    ['other field', { live: false }, [1, 3]],
    ['the same field', { at: { $gt: new Date(5) } }, [2, 4]],
  ])('lets only the documents expire that it has: filter on the %s', async (_, partialFilterExpression, left) => {
    const clock = new StandingClock();
    const { client } = await servers.start({ clock });
    const collection = client.db('d').collection<Numbered>('c');
    await collection.createIndex({ at: 1 }, { expireAfterSeconds: 0, partialFilterExpression });
    await collection.insertMany([
      { _id: 1, at: new Date(10), live: true },
      { _id: 2, at: new Date(0), live: false },
      { _id: 3, at: new Date(10) },
      { _id: 4, at: new Date(0), live: false },
    ]);
    clock.advance(61_000);
    expect((await collection.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id)).toEqual(left);
  });
});

const { db, filled } = probes();

const ids = (found: Document[]) => found.map(({ _id }) => _id as number);

/** A partial index's filter, values of `a`, a filter, what it finds, and what it finds with the index as its hint. */
type Partial = [partial: Document, values: unknown[], filter: Document, found: number[], hinted: number[] | Refused];

describe('a partial index', () => {
  const NO_PLAN = refused(291);
  rows<Partial>(
    [
      [{ a: { $type: 'int' } }, [5, new Double(5)], { a: 5 }, [0, 1], NO_PLAN],
      [{ a: { $type: 'int' } }, [5, new Double(5)], { a: { $type: 'int' } }, [0], [0]],
      [{ a: { $type: 'int' } }, [5, 'x'], { a: { $type: ['int'] } }, [0], [0]],
      [{ a: { $gte: NaN } }, [5, NaN], { a: { $gt: 4 } }, [0], NO_PLAN],
      [{ a: { $lte: NaN } }, [5, NaN], { a: NaN }, [1], [1]],
      [{ a: { $gt: 3 } }, [5, 2, [1, 9]], { a: { $gt: 4 } }, [0, 2], [0, 2]],
      [{ a: { $gt: 3 } }, [5, 2, 'x'], { a: { $gte: 3 } }, [0], NO_PLAN],
      [{ a: { $gt: 3 } }, [5, 2], { a: { $in: [5, 6] } }, [0], [0]],
      [{ a: { $gt: 3 } }, [5, 2], { a: { $in: [5, 2] } }, [0, 1], NO_PLAN],
      [{ a: { $gte: 3, $lt: 9 } }, [5, 2], { a: 5 }, [0], [0]],
      [{ a: { $gte: 3, $lt: 9 } }, [5, 12, [1, 12]], { a: { $gt: 4 } }, [0, 1, 2], NO_PLAN],
      [{ a: { $exists: true } }, [5, null, undefined], { a: 5 }, [0], [0]],
      [{ a: { $exists: true } }, [5, null, undefined], { a: null }, [1, 2], NO_PLAN],
      [{ a: { $exists: true } }, [5, null, undefined], { a: { $in: [null, 5] } }, [0, 1, 2], NO_PLAN],
      [{ a: { $exists: true } }, [5, null, undefined], { a: { $ne: null } }, [0], [0]],
      [{ a: { $exists: true } }, [5, null, undefined], { a: { $ne: 5 } }, [1, 2], NO_PLAN],
      [{ a: { $exists: true } }, [5, null, undefined], { a: { $not: { $gt: 6 } } }, [0, 1, 2], NO_PLAN],
      [{ a: { $exists: true } }, ['x', 5], { a: { $regex: 'x' } }, [0], [0]],
      [{ a: null }, [null, undefined, 5], { a: null }, [0, 1], [0, 1]],
      [{ a: { $in: [1, 2] } }, [1, 2, 3], { a: 1 }, [0], [0]],
      [{ $or: [{ a: 1 }, { a: { $gt: 5 } }] }, [1, 2, 7], { a: { $gt: 6 } }, [2], [2]],
      [{ $or: [{ a: 1 }, { a: { $gt: 5 } }] }, [1, 2, 7], { a: { $in: [1, 7] } }, [0, 2], NO_PLAN],
      [{ a: { $gt: 3 } }, [5, 2, 9], { $or: [{ a: 5 }, { a: { $gt: 8 } }] }, [0, 2], [0, 2]],
      [{ a: { $gt: 3 } }, [5, 2, 9], { $or: [{ a: 5 }, { a: 2 }] }, [0, 1], NO_PLAN],
      [{ a: { $gt: 3 } }, [5, 2, 9], { $nor: [{ a: { $lte: 3 } }] }, [0, 2], NO_PLAN],
    ],
    async (partialFilterExpression, values, filter, wanted, hinted) => {
      const collection = await filled(values.map((a) => (a === undefined ? {} : { a })));
      await collection.createIndex({ a: 1 }, { name: 'part', partialFilterExpression });
      await expectAnswer(collection.find(filter).sort({ _id: 1 }).toArray().then(ids), wanted);
      await expectAnswer(collection.find(filter).hint('part').sort({ _id: 1 }).toArray().then(ids), hinted);
      await expectAnswer(collection.countDocuments(filter), wanted.length);
    },
  );
});

/** An index, values of `a`, a filter and what it finds; without the index first, then with it. */
type Bounded = [key: Record<string, 1 | -1>, values: unknown[], filter: Document, found: number[]];

describe('bounds', () => {
  const long = (length: number) => 'x'.repeat(length);
  const huge = Decimal128.fromString('1E+400');
  rows<Bounded>(
    [
      [{ a: 1 }, [[2, 6], [4], 4, 2], { a: { $gt: 3, $lt: 5 } }, [0, 1, 2]],
      [{ a: 1 }, [[2, 6], [4], 4, 2], { a: { $elemMatch: { $gt: 3, $lt: 5 } } }, [1]],
      [{ a: 1 }, [[2, 'x'], 2, 'x'], { a: { $gt: 1, $lt: 'y' } }, [0]],
      [{ a: 1 }, [[1, 2], 1, 2], { $and: [{ a: 1 }, { a: 2 }] }, [0]],
      [{ a: 1 }, [[1, 2], [[1, 2]], 1, 2], { a: [1, 2] }, [0, 1]],
      [{ a: 1 }, [[1, 2], 2, 3], { a: { $in: [[1, 2], 3] } }, [0, 2]],
      [{ a: 1 }, [[1, null], null, undefined, []], { a: { $in: [null, 7] } }, [0, 1, 2]],
      [{ a: 1 }, [{ b: 1 }, { b: 1, c: 2 }, [{ b: 1 }]], { a: { b: 1 } }, [0, 2]],
      [{ 'a.b': 1, 'a.c': 1 }, [[{ b: 1, c: 9 }, { b: 9, c: 2 }], [{ b: 1, c: 2 }]], { 'a.b': 1, 'a.c': 2 }, [0, 1]], // prettier-ignore
      [{ 'a.0': 1 }, [[7, { x: 1 }], [7], 7], { 'a.0': null }, [0, 2]],
      [{ 'a.0': 1 }, [[7, { x: 1 }], [7], 7], { 'a.0': { $in: [null] }, $and: [{ 'a.0': 7 }] }, [0]],
      [{ a: 1 }, [long(10), long(9)], { a: long(1950) }, []],
      [{ a: 1 }, [long(10), long(9)], { a: long(20_000) }, []],
      [{ a: 1 }, [long(10), long(9)], { a: { $in: [long(20_000), long(9)] } }, [1]],
      [{ a: -1, _id: 1 }, [long(10), 'y'], { a: { $gt: long(3000) } }, [1]],
      [{ a: 1 }, [1, 5], { a: huge }, []],
      [{ a: 1 }, [1, 5], { a: { $lt: huge } }, [0, 1]],
    ],
    async (key, values, filter, wanted) => {
      const collection = await filled(values.map((a) => (a === undefined ? {} : { a })));
      const found = (hint: Document) => collection.find(filter).sort({ _id: 1 }).hint(hint).toArray().then(ids);
      await expectAnswer(found({ $natural: 1 }), wanted);
      await collection.createIndex(key);
      await expectAnswer(found(key), wanted);
    },
  );

  it('are those of the index that has every match, when several have the key of the hint', async () => {
    const collection = await filled([{ a: 1 }, { a: 9 }]);
    await collection.createIndex({ a: 1 }, { name: 'high', partialFilterExpression: { a: { $gt: 5 } } });
    await collection.createIndex({ a: 1 }, { name: 'all' });
    await expectAnswer(collection.find({ a: 1 }).hint({ a: 1 }).toArray().then(ids), [0]);
  });

  it('never meet an array whose position and whose elements have the same name', async () => {
    const collection = await filled([]);
    await collection.createIndex({ 'a.0': 1 });
    await expectAnswer(collection.insertOne({ _id: 1, a: [5, { 0: 7 }] }), refused(16746));
    await collection.insertOne({ _id: 2, a: [{ 1: 7 }] });
  });
});

/** Specifications of indexes that are created one after the other: the last one is accepted, or refused with the code. */
type Created = [specs: Document[], code: Refused | number];

describe('a specification', () => {
  const partial = (partialFilterExpression: unknown): Document[] => [
    { key: { a: 1 }, name: 'n', partialFilterExpression },
  ];
  const first = { key: { a: 1 }, name: 'n' };
  const FIRST_UNIQUE = { ...first, unique: true };
  rows<Created>(
    [
      [partial({ a: 1, b: { $eq: null }, c: { $gt: 1, $lte: 5 } }), 1],
      [partial({ a: { $exists: true }, b: { $type: 'int' } }), 1],
      [partial({ $and: [{ a: 1 }, { $or: [{ b: { $in: [1, 2] } }, { c: { $lt: 3 } }] }] }), 1],
      [partial({}), 1],
      [partial({ a: { $ne: 1 } }), refused(67)],
      [partial({ a: { $exists: false } }), refused(67)],
      [partial({ a: { $nin: [1] } }), refused(67)],
      [partial({ a: { $not: { $gt: 1 } } }), refused(67)],
      [partial({ a: /x/ }), refused(67)],
      [partial({ a: { $regex: 'x' } }), refused(67)],
      [partial({ a: { $elemMatch: { b: 1 } } }), refused(67)],
      [partial({ a: { $size: 1 } }), refused(67)],
      [partial({ a: { $mod: [2, 1] } }), refused(67)],
      [partial({ $nor: [{ a: 1 }] }), refused(67)],
      [partial({ $or: [{ a: 1 }, { b: { $ne: 1 } }] }), refused(67)],
      [partial({ $expr: { $eq: ['$a', 1] } }), refused(67)],
      [partial({ a: { $gt: 1, $ne: 5 } }), refused(67)],
      [partial({ a: { $foo: 1 } }), refused(2)],
      [partial(5), refused(67)],
      [[{ key: { _id: 1 }, name: '_id_' }], 0],
      [[{ key: { _id: 1 }, name: 'other' }], 0],
      [[{ key: { _id: 1 }, name: '_id_', unique: true }], refused(197)],
      [[{ key: { _id: 1 }, name: '_id_', sparse: true }], refused(197)],
      [[{ key: { _id: 1 }, name: '_id_', expireAfterSeconds: 5 }], refused(197)],
      [[{ key: { _id: 1 }, name: '_id_', partialFilterExpression: { a: 1 } }], refused(197)],
      [[{ key: { _id: 1 }, name: '_id_', hidden: true }], refused(2)],
      [[{ key: { _id: -1 }, name: '_id_-1' }], refused(2)],
      [[{ key: { a: 1 }, name: '_id_' }], refused(2)],
      [[{ key: { a: 1 }, name: '*' }], refused(2)],
      [[first, first], 0],
      [[first, { ...first, name: 'm' }], refused(85)],
      [[first, { ...first, name: 'm', unique: true }], 1],
      [[first, { ...first, name: 'm', sparse: true }], 1],
      [[FIRST_UNIQUE, { ...FIRST_UNIQUE, name: 'm', sparse: true }], 1],
      [[FIRST_UNIQUE, { ...FIRST_UNIQUE, name: 'm' }], refused(85)],
      [[first, FIRST_UNIQUE], refused(86)],
      [[first, { ...first, partialFilterExpression: { a: 1 } }], refused(86)],
      [[first, { ...first, expireAfterSeconds: 5 }], refused(85)],
      [[first, { ...first, name: 'm', expireAfterSeconds: 5 }], refused(85)],
      [[...partial({ a: 1 }), { ...first, name: 'm', partialFilterExpression: { a: 2 } }], 1],
      [[...partial({ a: 1 }), { ...first, name: 'm', partialFilterExpression: { a: 1 } }], refused(85)],
      [[first, { key: { b: 1 }, name: 'n' }], refused(86)],
    ],
    async (specs, wanted) => {
      const { collectionName } = await filled([{ a: 1 }]);
      const create = (index: Document) => db().command({ createIndexes: collectionName, indexes: [index] });
      for (const spec of specs.slice(0, -1)) await create(spec);
      const added = create(specs.at(-1)!).then((reply) => reply.numIndexesAfter - reply.numIndexesBefore);
      await expectAnswer(added, wanted);
    },
  );
});

describe('a drop by key', () => {
  it('is refused when several indexes have the key, and drops the only one', async () => {
    const collection = await filled([{ a: 1 }]);
    await collection.createIndex({ a: 1 }, { name: 'n' });
    await collection.createIndex({ a: 1 }, { name: 'm', sparse: true });
    const drop = () => db().command({ dropIndexes: collection.collectionName, index: { a: 1 } });
    await expectAnswer(drop(), refused(181));
    await collection.dropIndex('n');
    await drop();
    expect(await collection.indexes()).toHaveLength(1);
  });
});
