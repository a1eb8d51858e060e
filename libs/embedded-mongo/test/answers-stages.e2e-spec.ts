import { describe, it } from '@jest/globals';
import { BSONRegExp, Double, Long, type Document } from 'mongodb';
import { expectAnswer, probes, RAW, refused, rows } from './answers.js';

const { filled } = probes();

const run = async (documents: Document[], pipeline: Document[]) =>
  (await filled(documents)).aggregate(pipeline, RAW).toArray();

/** Documents, a pipeline over them, and what it answers. */
type Row = [documents: Document[], pipeline: Document[], answer: unknown];
const check = (documents: Document[], pipeline: Document[], answer: unknown) =>
  expectAnswer(run(documents, pipeline), answer);

describe('$unwind', () => {
  const long = (n: number) => Long.fromNumber(n);
  rows<Row>(
    [
      [[{ a: [1, 2] }], [{ $unwind: '$a' }], [{ _id: 0, a: 1 }, { _id: 0, a: 2 }]],
      [[{ a: [1] }], [{ $unwind: { path: '$a', includeArrayIndex: 'i' } }], [{ _id: 0, a: 1, i: long(0) }]],
      [[{ a: [1] }], [{ $unwind: { path: '$a', includeArrayIndex: 'i.j' } }], [{ _id: 0, a: 1, i: { j: long(0) } }]],
      [[{ a: [1], i: 5 }], [{ $unwind: { path: '$a', includeArrayIndex: 'i.j' } }], [{ _id: 0, a: 1, i: { j: long(0) } }]],
      [[{ a: [1], i: { x: 1 } }], [{ $unwind: { path: '$a', includeArrayIndex: 'i.j' } }], [{ _id: 0, a: 1, i: { x: 1, j: long(0) } }]],
      [[{ a: 5 }], [{ $unwind: { path: '$a', includeArrayIndex: 'i' } }], [{ _id: 0, a: 5, i: null }]],
      [[{ a: 5 }], [{ $unwind: '$a' }], [{ _id: 0, a: 5 }]],
      [[{ a: [] }, { a: null }, {}], [{ $unwind: '$a' }], []],
      [[{ a: [] }, { a: null }, {}], [{ $unwind: { path: '$a', preserveNullAndEmptyArrays: true } }], [{ _id: 0 }, { _id: 1, a: null }, { _id: 2 }]],
      [[{ a: [null] }], [{ $unwind: '$a' }], [{ _id: 0, a: null }]],
      [[{ a: [[1], [2]] }], [{ $unwind: '$a' }], [{ _id: 0, a: [1] }, { _id: 0, a: [2] }]],
      [[{ a: { b: [1, 2], c: 3 } }], [{ $unwind: '$a.b' }], [{ _id: 0, a: { b: 1, c: 3 } }, { _id: 0, a: { b: 2, c: 3 } }]],
      [[{ a: [{ b: [1, 2] }] }], [{ $unwind: '$a.b' }], []],
    ],
    check,
  ); // prettier-ignore
});

describe('$lookup', () => {
  /** Foreign documents, a local one, and the ids of what is joined. */
  type Join = [foreign: Document[], local: Document, ids: number[], spec?: Document];
  rows<Join>(
    [
      [[{ b: 1 }, { b: 2 }], { a: 1 }, [0]],
      [[{ b: 1 }, { b: 2 }], { a: [1, 2] }, [0, 1]],
      [[{ b: [1, 3] }, { b: 2 }], { a: 1 }, [0]],
      [[{ b: null }, {}, { b: 1 }], {}, [0, 1]],
      [[{ b: null }, {}, { b: 1 }], { a: null }, [0, 1]],
      [[{ b: new Double(1) }], { a: Long.fromNumber(1) }, [0]],
      [[{ b: 'abc' }, { b: new BSONRegExp('a') }], { a: new BSONRegExp('a') }, [1]],
      [[{ b: 'abc' }, { b: new BSONRegExp('a') }, { b: 1 }], { a: [new BSONRegExp('a'), 1] }, [1, 2]],
      [[{ b: 'abc' }], { a: 'a' }, []],
      [[{ b: { x: 1 } }, { b: { x: 2 } }], { a: { x: 1 } }, [0]],
      [[{ b: { $x: 1 } }, { b: 2 }], { a: [{ $x: 1 }] }, [0]],
      [[{ b: 1, n: 1 }, { b: 1, n: 2 }], { a: 1, m: 2 }, [1], { let: { m: '$m' }, pipeline: [{ $match: { $expr: { $eq: ['$n', '$$m'] } } }] }],
      [[{ b: 1, n: 1 }, { b: 1, n: 2 }], { a: 1 }, [1], { pipeline: [{ $match: { n: 2 } }] }],
      [[{ b: 1 }, { b: 1 }, { b: 1 }], { a: 1 }, [2, 1], { pipeline: [{ $sort: { _id: -1 } }, { $limit: 2 }] }],
    ],
    async (foreign, local, ids, more = {}) => {
      const from = (await filled(foreign)).collectionName;
      const spec = { from, localField: 'a', foreignField: 'b', as: 'j', ...more };
      const joined = run([local], [{ $lookup: spec }, { $project: { _id: 0, j: '$j._id' } }]);
      await expectAnswer(joined, [{ j: ids }]);
    },
  ); // prettier-ignore

  it('puts what it joins under a dotted name, also from a collection that is not there', async () => {
    const spec = { from: 'nowhere', localField: 'a', foreignField: 'b', as: 'x.y' };
    await check([{ a: 1, x: { z: 1 } }, { x: 5 }], [{ $lookup: spec }], [{ _id: 0, a: 1, x: { z: 1, y: [] } }, { _id: 1, x: { y: [] } }]); // prettier-ignore
  });

  it('looks up inside a lookup, with the variables of both', async () => {
    const from = (await filled([{ b: 1 }, { b: 2 }])).collectionName;
    const inner = { from, let: { b: '$b' }, as: 'k', pipeline: [{ $match: { $expr: { $and: [{ $gt: ['$b', '$$b'] }, { $gt: ['$b', '$$a'] }] } } }, { $project: { _id: 0 } }] }; // prettier-ignore
    const outer = { from, let: { a: '$a' }, as: 'j', pipeline: [{ $lookup: inner }, { $project: { _id: 0 } }] };
    await check(
      [{ a: 1 }],
      [{ $lookup: outer }],
      [
        {
          _id: 0,
          a: 1,
          j: [
            { b: 1, k: [{ b: 2 }] },
            { b: 2, k: [] },
          ],
        },
      ],
    );
  });
});

describe('stages that shape documents', () => {
  rows<Row>(
    [
      [[{ a: 1, b: 2 }], [{ $project: { b: 1, a: 1 } }], [{ _id: 0, a: 1, b: 2 }]],
      [[{ a: 1 }], [{ $project: { c: '$a', a: 1 } }], [{ _id: 0, a: 1, c: 1 }]],
      [[{ a: 1 }], [{ $project: { _id: 0, c: '$nope' } }], [{}]],
      [[{ a: [{ b: 1, c: 2 }, 5] }], [{ $project: { 'a.b': 1 } }], [{ _id: 0, a: [{ b: 1 }] }]],
      [[{ a: { b: 1 } }], [{ $set: { 'a.c': 2 } }], [{ _id: 0, a: { b: 1, c: 2 } }]],
      [[{ a: { b: 1 } }], [{ $set: { a: { c: 2 } } }], [{ _id: 0, a: { b: 1, c: 2 } }]],
      [[{ a: [{ b: 1 }, 5] }], [{ $set: { 'a.c': 2 } }], [{ _id: 0, a: [{ b: 1, c: 2 }, { c: 2 }] }]],
      [[{ a: 5 }], [{ $set: { 'a.c': 2 } }], [{ _id: 0, a: { c: 2 } }]],
      [[{ a: 1, b: 2 }], [{ $set: { a: '$b', b: '$a' } }], [{ _id: 0, a: 2, b: 1 }]],
      [[{ a: 1 }], [{ $set: { a: '$$REMOVE' } }], [{ _id: 0 }]],
      [[{ a: 1 }], [{ $addFields: { x: { $literal: '$a' } } }], [{ _id: 0, a: 1, x: '$a' }]],
      [[{ a: { b: 1, c: 2 } }], [{ $unset: 'a.b' }], [{ _id: 0, a: { c: 2 } }]],
      [[{ a: [{ b: 1, c: 2 }] }], [{ $unset: ['a.b', 'x'] }], [{ _id: 0, a: [{ c: 2 }] }]],
      [[{ a: { x: 1 } }], [{ $replaceRoot: { newRoot: '$a' } }], [{ x: 1 }]],
      [[{}], [{ $replaceRoot: { newRoot: '$a' } }], refused(40228)],
      [[{ a: 5 }], [{ $replaceWith: '$a' }], refused(40228)],
      [[{ a: null }], [{ $replaceRoot: { newRoot: '$a' } }], refused(40228)],
      [[{ a: 1 }, { a: 2 }, { a: 3 }], [{ $skip: 1 }, { $limit: 1 }], [{ _id: 1, a: 2 }]],
      [[{ a: 1 }, { a: 2 }], [{ $sort: { a: -1 } }, { $project: { a: 1, _id: 0 } }], [{ a: 2 }, { a: 1 }]],
      [[{ a: 1 }, { a: 2 }], [{ $facet: { n: [{ $count: 'n' }], one: [{ $match: { a: 1 } }, { $project: { _id: 0 } }] } }], [{ n: [{ n: 2 }], one: [{ a: 1 }] }]],
      [[{ a: 1 }], [{ $setWindowFields: { output: {} } }], refused(40324)],
      [[{ a: 1 }], [{ $match: { a: 1 } }, { $match: { a: 2 } }], []],
    ],
    check,
  ); // prettier-ignore
});

describe('$unionWith', () => {
  it('adds the documents of another collection, through its own pipeline', async () => {
    const coll = (await filled([{ b: 1 }, { b: 2 }])).collectionName;
    const spec = { coll, pipeline: [{ $match: { b: 2 } }] };
    await check([{ a: 1 }], [{ $unionWith: spec }], [{ _id: 0, a: 1 }, { _id: 1, b: 2 }]); // prettier-ignore
    await check([{ a: 1 }], [{ $unionWith: 'nowhere' }], [{ _id: 0, a: 1 }]);
  });
});

describe('$merge', () => {
  /** What is in the target, the stage, and what is in it afterwards; the source has `{ _id: 0, a: 1 }`. */
  rows<[Document[], Document, unknown]>(
    [
      [[], {}, [{ _id: 0, a: 1 }]],
      [[{ b: 2 }], {}, [{ _id: 0, b: 2, a: 1 }]],
      [[{ b: 2 }], { whenMatched: 'replace' }, [{ _id: 0, a: 1 }]],
      [[{ b: 2 }], { whenMatched: 'keepExisting' }, [{ _id: 0, b: 2 }]],
      [[{ b: 2 }], { whenMatched: 'fail' }, refused(11000)],
      [[{ b: 2 }], { whenMatched: [{ $set: { c: '$$new.a' } }] }, [{ _id: 0, b: 2, c: 1 }]],
      [[], { whenNotMatched: 'discard' }, []],
      [[], { whenNotMatched: 'fail' }, refused(13113)],
      [[], { on: 'a' }, refused(51183)],
      [[], { nope: 1 }, refused(40415)],
    ],
    async (target, spec, after) => {
      const into = await filled(target);
      const merged = async () => {
        await run([{ a: 1 }], [{ $merge: { into: into.collectionName, ...spec } }]);
        return into.find({}, RAW).toArray();
      };
      await expectAnswer(merged(), after);
    },
  );
});
