import { describe, expect, it } from '@jest/globals';
import { Double, type Document } from 'mongodb';
import { expectAnswer, probes, RAW, refused, rows } from './answers.js';

const { db, filled } = probes();

const run = async (documents: Document[], pipeline: Document[]) =>
  (await filled(documents)).aggregate(pipeline, RAW).toArray();

/** A stage over an empty collection: what is wrong with it is found while the pipeline is read. */
const checkEmpty = (stage: Document, answer: unknown) => expectAnswer(run([], [stage]), answer);

describe('$out and $merge where they may not be', () => {
  const out = [{ $out: 'stolen' }];
  const merge = [{ $merge: 'stolen' }];
  rows<[Document[], number]>(
    [
      [[{ $lookup: { from: 'x', as: 'y', pipeline: out } }], 51047],
      [[{ $lookup: { from: 'x', as: 'y', pipeline: merge } }], 51047],
      [[{ $lookup: { from: 'x', as: 'y', localField: 'a', foreignField: 'b', pipeline: out } }], 51047],
      [[{ $facet: { a: out } }], 40600],
      [[{ $facet: { a: merge } }], 40600],
      [[{ $facet: { a: [{ $facet: { b: [] } }] } }], 40600],
      [[{ $facet: { a: [{ $documents: [{ a: 1 }] }] } }], 40600],
      [[{ $unionWith: { coll: 'x', pipeline: out } }], 31441],
      [[{ $unionWith: { coll: 'x', pipeline: merge } }], 31441],
      [[{ $facet: { a: [{ $lookup: { from: 'x', as: 'y', pipeline: out } }] } }], 51047],
      [[{ $lookup: { from: 'x', as: 'y', pipeline: [{ $facet: { a: merge } }] } }], 40600],
      [[{ $out: 'stolen' }, { $match: {} }], 40601],
      [[{ $merge: 'stolen' }, { $match: {} }], 40601],
      [[{ $out: 'stolen' }, { $out: 'stolen' }], 40601],
      [[{ $merge: 'stolen' }, { $out: 'stolen' }], 40601],
      [[{ $match: {} }, { $out: 'stolen' }, { $merge: 'stolen' }], 40601],
    ],
    async (pipeline, code) => {
      await expectAnswer(run([{ a: 1 }], pipeline), refused(code));
      expect(await db().listCollections({ name: 'stolen' }).toArray()).toEqual([]);
    },
  );

  const others: Document[] = [
    { $out: 'stolen' }, { $merge: 'stolen' }, { $group: { _id: 1 } }, { $match: {} }, { $sort: { a: 1 } }, { $limit: 1 }, { $skip: 1 },
    { $unwind: '$a' }, { $count: 'n' }, { $facet: { a: [] } }, { $unionWith: 'x' }, { $sample: { size: 1 } }, { $sortByCount: '$a' },
    { $lookup: { from: 'x', localField: 'a', foreignField: 'b', as: 'c' } },
  ]; // prettier-ignore
  it.each(others)('%j is refused in an update and in the pipeline of $merge', async (stage) => {
    const collection = await filled([{ a: 1 }]);
    await expectAnswer(collection.updateOne({}, [stage]), refused(72));
    const merged = { into: collection.collectionName, whenMatched: [stage] };
    await expectAnswer(collection.aggregate([{ $merge: merged }]).toArray(), refused(72));
    expect(await db().listCollections({ name: 'stolen' }).toArray()).toEqual([]);
  });
});

describe('arguments of stages over nothing', () => {
  rows<[Document, unknown]>(
    [
      [{ $limit: 0 }, refused(15958)],
      [{ $limit: -1 }, refused(5107201)],
      [{ $limit: 1.5 }, refused(5107201)],
      [{ $limit: 'x' }, refused(5107201)],
      [{ $limit: null }, refused(5107201)],
      [{ $limit: new Double(2) }, []],
      [{ $skip: -1 }, refused(5107200)],
      [{ $skip: 1.5 }, refused(5107200)],
      [{ $skip: 'x' }, refused(5107200)],
      [{ $skip: 0 }, []],
      [{ $sample: 5 }, refused(28745)],
      [{ $sample: {} }, refused(28749)],
      [{ $sample: { size: 'x' } }, refused(28746)],
      [{ $sample: { size: -1 } }, refused(28747)],
      [{ $sample: { size: 1, x: 1 } }, refused(28748)],
      [{ $count: 5 }, refused(40156)],
      [{ $count: '' }, refused(40157)],
      [{ $count: '$a' }, refused(40158)],
      [{ $count: 'a.b' }, refused(40160)],
      [{ $count: 'n' }, []],
      [{ $sort: 1 }, refused(15973)],
      [{ $sort: null }, refused(15973)],
      [{ $sort: {} }, refused(15976)],
      [{ $sort: { a: 'x' } }, refused(15974)],
      [{ $sort: { a: 2 } }, refused(15975)],
      [{ $project: 1 }, refused(15969)],
      [{ $project: {} }, refused(51272)],
      [{ $project: { a: 1, b: 0 } }, refused(31254)],
      [{ $project: { a: 0, b: 1 } }, refused(31253)],
      [{ $project: { a: 1, 'a.b': 1 } }, refused(31249)],
      [{ $project: { 'a.b': 1, a: 1 } }, refused(31250)],
      [{ $project: { a: {} } }, refused(51270)],
      [{ $project: { a: { $nope: 1 } } }, refused(31325, 168)],
      [{ $group: 1 }, refused(15947)],
      [{ $group: {} }, refused(15955)],
      [{ $group: { _id: null, a: 1 } }, refused(40234)],
      [{ $group: { _id: null, 'a.b': { $sum: 1 } } }, refused(40235)],
      [{ $group: { _id: null, $a: { $sum: 1 } } }, refused(40236)],
      [{ $group: { _id: null, a: { $sum: 1, $avg: 1 } } }, refused(40238)],
      [{ $group: { _id: null, a: { $nope: 1 } } }, refused(15952)],
      [{ $group: { _id: null, a: { $count: 1 } } }, refused(14)],
      [{ $match: 1 }, refused(15959)],
      [{ $match: { $nope: 1 } }, refused(2)],
      [{ $unwind: 5 }, refused(15981)],
      [{ $unwind: {} }, refused(28812)],
      [{ $unwind: 'a' }, refused(28818)],
      [{ $unwind: '$' }, refused(16872, 40352)],
      [{ $unwind: { path: 5 } }, refused(28808)],
      [{ $unwind: { path: '$a', preserveNullAndEmptyArrays: 1 } }, refused(28809)],
      [{ $unwind: { path: '$a', includeArrayIndex: 1 } }, refused(28810)],
      [{ $unwind: { path: '$a', includeArrayIndex: '' } }, refused(28810)],
      [{ $unwind: { path: '$a', includeArrayIndex: '$i' } }, refused(28822)],
      [{ $unwind: { path: '$a', x: 1 } }, refused(28811)],
      [{ $bucket: 1 }, refused(40201)],
      [{ $bucket: {} }, refused(40198)],
      [{ $bucket: { groupBy: 'a', boundaries: [1, 2] } }, refused(40202)],
      [{ $bucket: { groupBy: '$a', boundaries: 1 } }, refused(40200)],
      [{ $bucket: { groupBy: '$a', boundaries: ['$b', 2] } }, refused(40191)],
      [{ $bucket: { groupBy: '$a', boundaries: [1] } }, refused(40192)],
      [{ $bucket: { groupBy: '$a', boundaries: [1, 'x'] } }, refused(40193)],
      [{ $bucket: { groupBy: '$a', boundaries: [2, 1] } }, refused(40194)],
      [{ $bucket: { groupBy: '$a', boundaries: [1, 1] } }, refused(40194)],
      [{ $bucket: { groupBy: '$a', boundaries: [1, 2], default: '$x' } }, refused(40195)],
      [{ $bucket: { groupBy: '$a', boundaries: [1, 3], default: 2 } }, refused(40199)],
      [{ $bucket: { groupBy: '$a', boundaries: [1, 2], output: 1 } }, refused(40196)],
      [{ $bucket: { groupBy: '$a', boundaries: [1, 2], x: 1 } }, refused(40197)],
      [{ $sortByCount: 1 }, refused(40149)],
      [{ $sortByCount: 'a' }, refused(40148)],
      [{ $sortByCount: { a: 1 } }, refused(40147)],
      [{ $replaceRoot: 1 }, refused(40229)],
      [{ $replaceRoot: {} }, refused(40231)],
      [{ $replaceRoot: { newRoot: '$a', x: 1 } }, refused(40230)],
      [{ $unset: 1 }, refused(31002)],
      [{ $unset: [] }, refused(31119)],
      [{ $unset: [1] }, refused(31120)],
      [{ $set: 1 }, refused(40272)],
      [{ $facet: 1 }, refused(40169)],
      [{ $facet: {} }, refused(40169)],
      [{ $facet: { a: 1 } }, refused(40170)],
      [{ $facet: { a: [] } }, [{ a: [] }]],
      [{ $lookup: 1 }, refused(9)],
      [{ $lookup: { from: 'x', as: 'y' } }, refused(9)],
      [{ $lookup: { from: 'x', as: 'y', localField: 'a' } }, refused(9)],
      [{ $lookup: { from: 'x', as: '$y', localField: 'a', foreignField: 'b' } }, refused(16410)],
      [{ $lookup: { from: 'x', as: 'y', localField: 'a', foreignField: 'b', let: { v: 1 } } }, refused(9)],
      [{ $lookup: { from: 'x', as: 'y', let: 1, pipeline: [] } }, refused(9)],
      [{ $lookup: { from: 'x', as: 'y', pipeline: [{ $nope: 1 }] } }, refused(40324)],
      [{ $lookup: { from: 'x', as: 'y', pipeline: [{ $limit: 'x' }] } }, refused(5107201)],
      [{ $unionWith: 1 }, refused(9)],
      [{ $unionWith: { coll: 'x', nope: 1 } }, refused(40415)],
      [{ $nope: 1 }, refused(40324)],
      [{ $match: {}, $limit: 1 }, refused(40323)],
    ],
    checkEmpty,
  );
});
