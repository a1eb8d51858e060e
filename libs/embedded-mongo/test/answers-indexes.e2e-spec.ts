import { afterEach, describe, expect, it } from '@jest/globals';
import { Double, type Document } from 'mongodb';
import { expectAnswer, probes, refused, rows, type Refused } from './answers.js';
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
    const collection = client.db('d').collection<{ _id: number }>('c');
    await collection.createIndex({ at: 1 }, { expireAfterSeconds: 0, partialFilterExpression });
    await collection.insertMany([
      { _id: 1, at: new Date(10), live: true },
      { _id: 2, at: new Date(0), live: false },
      { _id: 3, at: new Date(10) },
      { _id: 4, at: new Date(0), live: false },
    ] as { _id: number }[]);
    clock.advance(61_000);
    expect((await collection.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id)).toEqual(left);
  });
});

const { filled } = probes();

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
