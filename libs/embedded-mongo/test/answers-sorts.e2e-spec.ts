import { describe } from '@jest/globals';
import { Binary, Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp, type Document } from 'mongodb';
import { expectAnswer, probes, refused, rows, type Refused } from './answers.js';

const { db, filled } = probes();

/** Documents, a sort, and the order in which it puts them; with and without an index on what is sorted. */
type Row = [documents: Document[], sort: Record<string, unknown>, order: number[] | Refused];

async function check(documents: Document[], sort: Record<string, unknown>, wanted: number[] | Refused): Promise<void> {
  const collection = await filled(documents);
  // As a command, for the driver has its own opinion about what can be a sort.
  const found = async () => {
    const answer = await db().command({ find: collection.collectionName, sort });
    return (answer.cursor as { firstBatch: { _id: number }[] }).firstBatch.map(({ _id }) => _id);
  };
  await expectAnswer(found(), wanted);
  const piped = collection.aggregate<{ _id: number }>([{ $match: { _id: { $gte: 0 } } }, { $limit: 1000 }, { $sort: sort }]); // prettier-ignore
  await expectAnswer(
    piped.toArray().then((list) => list.map(({ _id }) => _id)),
    wanted,
  );
  if (!Array.isArray(wanted) || Object.keys(sort).some((key) => key === '_id')) return;
  await collection.createIndex(sort as Record<string, 1 | -1>);
  await expectAnswer(found(), wanted);
}

const of = (...values: unknown[]): Document[] => values.map((a) => (a === undefined ? {} : { a }));

const EVERY_TYPE = of(
  new MaxKey(), new Timestamp({ t: 1, i: 1 }), /a/, new Date(0), true, false, new ObjectId('0'.repeat(24)), new Binary(Buffer.from([1])),
  [[1]], { a: 1 }, 'a', Infinity, Decimal128.fromString('2.5'), Long.fromNumber(2), new Double(1), -Infinity, NaN, null, [], new MinKey(),
); // prettier-ignore

describe('a sort', () => {
  rows<Row>(
    [
      [EVERY_TYPE, { a: 1 }, [19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 1, 2, 0]],
      [of(3, undefined, null, 1), { a: 1, _id: 1 }, [1, 2, 3, 0]],
      [of(3, undefined, null, 1), { a: -1, _id: -1 }, [0, 3, 2, 1]],
      [of([1, 9], 5, [], [3, 4]), { a: 1 }, [2, 0, 3, 1]],
      [of([1, 9], 5, [], [3, 4]), { a: -1 }, [0, 1, 3, 2]],
      [of([[9]], [8], [[1, 2], 10]), { a: 1 }, [1, 2, 0]],
      [of([{ b: 5 }, { b: 1 }], { b: 3 }, [{ b: 4 }]), { 'a.b': 1 }, [0, 1, 2]],
      [of([{ b: 5 }, { b: 1 }], { b: 3 }, [{ b: 4 }]), { 'a.b': -1 }, [0, 2, 1]],
      [of([{ b: 5 }, {}], { b: 3 }, [7], { b: [] }), { 'a.b': 1, _id: 1 }, [3, 0, 2, 1]],
      [
        of(
          [
            { x: 1, y: 9 },
            { x: 2, y: 0 },
          ],
          { x: 1, y: 5 },
        ),
        { 'a.x': 1, 'a.y': 1 },
        [1, 0],
      ],
      [
        of(
          [
            { x: 1, y: 9 },
            { x: 2, y: 0 },
          ],
          { x: 2, y: 5 },
        ),
        { 'a.x': -1, 'a.y': -1 },
        [1, 0],
      ],
      [of([{ b: [{ c: 5 }, { c: 2 }] }], { b: { c: 3 } }), { 'a.b.c': 1 }, [0, 1]],
      [of([3, 1], [2, 9]), { 'a.0': 1 }, [1, 0]],
      [
        [
          { a: [1, 5], b: 2 },
          { a: [1, 2], b: 1 },
        ],
        { a: 1, b: 1 },
        [1, 0],
      ],
      [
        [
          { a: [1, 5], b: 2 },
          { a: [1, 2], b: 1 },
        ],
        { b: -1, a: 1 },
        [0, 1],
      ],
      [
        [
          { a: [1], b: [2] },
          { a: 1, b: 1 },
        ],
        { a: 1, b: 1 },
        refused(2),
      ],
      [of('a', 'B', 'ä', '\u{1f600}', '\uffff'), { a: 1 }, [1, 0, 2, 4, 3]],
      [of({ b: 1, c: 2 }, { b: 1 }, { c: 0 }, { b: new Date(0) }), { a: 1 }, [1, 0, 2, 3]],
      [of(0, new Double(-0), Decimal128.fromString('0.0')), { a: 1, _id: 1 }, [0, 1, 2]],
      [of(0.1, Decimal128.fromString('0.1')), { a: 1 }, [1, 0]],
      [of(1), { a: 2 }, refused(15975)],
      [of(1), { a: 'x' }, refused(15974)],
      [of(1), { 'a..b': 1 }, refused(15998)],
      [of(1), { 'a.': 1 }, refused(40353)],
      [of(1), { $a: 1 }, refused(16410)],
    ],
    check,
  );
});
