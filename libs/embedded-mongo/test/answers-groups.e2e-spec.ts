import { describe, expect, it } from '@jest/globals';
import { Decimal128, Double, Long, type Document } from 'mongodb';
import { expectAnswer, probes, RAW, refused, rows } from './answers.js';

const { filled } = probes();

const run = async (documents: Document[], pipeline: Document[]) =>
  (await filled(documents)).aggregate(pipeline, RAW).toArray();

/** Documents, a pipeline over them, and what it answers. */
type Row = [documents: Document[], pipeline: Document[], answer: unknown];
const check = (documents: Document[], pipeline: Document[], answer: unknown) =>
  expectAnswer(run(documents, pipeline), answer);

describe('$group and its accumulators', () => {
  const group = (spec: Document) => [{ $group: { _id: null, ...spec } }];
  rows<Row>(
    [
      [[], group({ n: { $sum: 1 } }), []],
      [[{ a: 1 }, { a: 2 }], group({ n: { $sum: '$a' } }), [{ _id: null, n: 3 }]],
      [[{ a: 'x' }, {}], group({ n: { $sum: '$a' } }), [{ _id: null, n: 0 }]],
      [[{ a: 'x' }, {}], group({ n: { $avg: '$a' } }), [{ _id: null, n: null }]],
      [[{ a: 1 }, { a: 2 }], group({ n: { $avg: '$a' } }), [{ _id: null, n: new Double(1.5) }]],
      [[{ a: 2 }, { a: 'x' }], group({ n: { $avg: '$a' } }), [{ _id: null, n: new Double(2) }]],
      [[{ a: Long.fromNumber(1) }, { a: 2 }], group({ n: { $sum: '$a' } }), [{ _id: null, n: Long.fromNumber(3) }]],
      [[{ a: 2147483647 }, { a: 1 }], group({ n: { $sum: '$a' } }), [{ _id: null, n: Long.fromNumber(2147483648) }]],
      [[{ a: new Double(1) }, { a: 2 }], group({ n: { $sum: '$a' } }), [{ _id: null, n: new Double(3) }]],
      [[{ a: Decimal128.fromString('1') }, { a: 2 }], group({ n: { $sum: '$a' } }), [{ _id: null, n: Decimal128.fromString('3') }]],
      [[{ a: [1, 2] }], group({ n: { $sum: '$a' } }), [{ _id: null, n: 0 }]],
      [[{ a: null }, { a: 2 }, {}], group({ l: { $min: '$a' }, h: { $max: '$a' } }), [{ _id: null, l: 2, h: 2 }]],
      [[{ a: null }, {}], group({ l: { $min: '$a' }, h: { $max: '$a' } }), [{ _id: null, l: null, h: null }]],
      [[{ a: 1 }, { a: 'x' }], group({ l: { $min: '$a' }, h: { $max: '$a' } }), [{ _id: null, l: 1, h: 'x' }]],
      [[{ a: [3] }, { a: 9 }], group({ h: { $max: '$a' } }), [{ _id: null, h: [3] }]],
      [[{}, { a: 1 }], group({ f: { $first: '$a' }, l: { $last: '$a' } }), [{ _id: null, f: null, l: 1 }]],
      [[{ a: 1 }, {}, { a: null }], group({ p: { $push: '$a' } }), [{ _id: null, p: [1, null] }]],
      [[{ a: 1 }, { a: new Double(1) }, {}], group({ p: { $addToSet: '$a' } }), [{ _id: null, p: [1] }]],
      [[{ a: 1 }], group({ p: { $push: { x: '$a', y: '$b' } } }), [{ _id: null, p: [{ x: 1 }] }]],
      [[{ a: { x: 1 } }, { a: { y: 2, x: 3 } }, {}], group({ m: { $mergeObjects: '$a' } }), [{ _id: null, m: { x: 3, y: 2 } }]],
      [[{ a: 5 }], group({ m: { $mergeObjects: '$a' } }), refused(40400)],
      [[{}, {}], group({ n: { $count: {} } }), [{ _id: null, n: 2 }]],
      [[{ a: 2 }, { a: 1 }], group({ t: { $top: { sortBy: { a: 1 }, output: '$a' } } }), [{ _id: null, t: 1 }]],
      [[{ a: 2 }, { a: 1 }], group({ t: { $bottom: { sortBy: { a: 1 }, output: '$a' } } }), [{ _id: null, t: 2 }]],
      [[{ a: 2 }, { a: 1 }, {}], group({ t: { $firstN: { n: 2, input: '$a' } } }), [{ _id: null, t: [2, 1] }]],
      [[{}, { a: 1 }], group({ t: { $lastN: { n: 2, input: '$a' } } }), [{ _id: null, t: [null, 1] }]],
      [[{ a: 2 }, { a: 1 }, {}], group({ t: { $minN: { n: 5, input: '$a' } } }), [{ _id: null, t: [1, 2] }]],
      [[{ a: 2 }, { a: 4 }], group({ s: { $stdDevPop: '$a' } }), [{ _id: null, s: new Double(1) }]],
      [[{ a: 2 }], group({ s: { $stdDevSamp: '$a' } }), [{ _id: null, s: null }]],
      [[{ a: 1 }, { a: new Double(1) }, { a: Long.fromNumber(1) }], [{ $group: { _id: '$a', n: { $sum: 1 } } }], [{ _id: 1, n: 3 }]],
      [[{ a: null }, {}], [{ $group: { _id: '$a', n: { $sum: 1 } } }], [{ _id: null, n: 2 }]],
      [[{ a: [1] }, { a: [1] }], [{ $group: { _id: '$a', n: { $sum: 1 } } }], [{ _id: [1], n: 2 }]],
      [[{ a: 1 }], [{ $group: { _id: { x: '$a', y: '$b' } } }], [{ _id: { x: 1 } }]],
      [[{ a: new Double(-0) }, { a: 0 }], [{ $group: { _id: '$a' } }], [{ _id: new Double(-0) }]],
      [[{ a: new Double(NaN) }, { a: Decimal128.fromString('NaN') }], [{ $group: { _id: '$a', n: { $sum: 1 } } }], [{ _id: new Double(NaN), n: 2 }]],
      [[{ a: new Double(0.5) }, { a: Decimal128.fromString('0.50') }], [{ $group: { _id: '$a', n: { $sum: 1 } } }], [{ _id: new Double(0.5), n: 2 }]],
      [[{ a: Decimal128.fromString('1E+6000') }, { a: Decimal128.fromString('10E+5999') }], [{ $group: { _id: null, n: { $addToSet: '$a' } } }, { $project: { n: { $size: '$n' } } }], [{ _id: null, n: 1 }]],
      [[{ a: 1 }, { a: 2 }, { a: 1 }], [{ $sortByCount: '$a' }], [{ _id: 1, count: 2 }, { _id: 2, count: 1 }]],
      [[{}, {}], [{ $count: 'n' }], [{ n: 2 }]],
      [[{ a: 1 }, { a: 5 }, { a: 10 }], [{ $bucket: { groupBy: '$a', boundaries: [0, 5, 10], default: 'other' } }], [{ _id: 0, count: 1 }, { _id: 5, count: 1 }, { _id: 'other', count: 1 }]],
      [[{ a: 10 }], [{ $bucket: { groupBy: '$a', boundaries: [0, 5] } }], refused(40066)],
      [[{ a: 1 }], [{ $bucket: { groupBy: '$a', boundaries: [0, { $add: [1, 1] }], output: { s: { $sum: '$a' } } } }], [{ _id: 0, s: 1 }]],
    ],
    check,
  ); // prettier-ignore

  it('takes keys of any size', async () => {
    const long = 'x'.repeat(1_000_000);
    const collection = await filled([{ a: long }, { a: long }, { a: `${long}y` }]);
    expect(await collection.aggregate([{ $group: { _id: '$a', n: { $sum: 1 } } }, { $project: { _id: 0 } }]).toArray())
      .toEqual([{ n: 2 }, { n: 1 }]); // prettier-ignore
    expect((await collection.distinct('a')).length).toBe(2);
    const sets = [
      { $group: { _id: null, all: { $addToSet: '$a' } } },
      { $project: { n: { $size: { $setUnion: ['$all', [long]] } } } },
    ];
    expect(await collection.aggregate(sets).toArray()).toEqual([{ _id: null, n: 2 }]);
  });
});
