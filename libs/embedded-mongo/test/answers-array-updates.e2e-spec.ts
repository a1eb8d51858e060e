import { describe } from '@jest/globals';
import { Double, type Document } from 'mongodb';
import { expectAnswer, probes, RAW, refused, rows } from './answers.js';

const { db, filled } = probes();

/** The array under `a`, an update, what becomes of the array, and more of the update's statement. */
type Row = [a: unknown, update: Document, after: unknown, more?: Document];

async function check(a: unknown, update: Document, after: unknown, more: Document = {}): Promise<void> {
  const collection = await filled([{ a }]);
  const run = async () => {
    const statement = { q: {}, u: update, ...more };
    const { writeErrors } = await db().command({ update: collection.collectionName, updates: [statement] });
    if (writeErrors) throw Object.assign(new Error(), (writeErrors as Document[])[0]);
    return (await collection.findOne({}, RAW))?.a as unknown;
  };
  await expectAnswer(run(), after);
}

describe('$push, $addToSet and $pop', () => {
  rows<Row>(
    [
      [[1], { $push: { a: 2 } }, [1, 2]],
      [[1], { $push: { a: [2, 3] } }, [1, [2, 3]]],
      [[1], { $push: { a: { $each: [2, 3] } } }, [1, 2, 3]],
      [[1, 2], { $push: { a: { $each: [9], $position: 0 } } }, [9, 1, 2]],
      [[1, 2], { $push: { a: { $each: [9], $position: 50 } } }, [1, 2, 9]],
      [[1, 2, 3], { $push: { a: { $each: [9], $position: -1 } } }, [1, 2, 9, 3]],
      [[1, 2, 3], { $push: { a: { $each: [9], $position: -50 } } }, [9, 1, 2, 3]],
      [[1, 2, 3], { $push: { a: { $each: [4], $slice: -2 } } }, [3, 4]],
      [[1, 2, 3], { $push: { a: { $each: [4], $slice: 2 } } }, [1, 2]],
      [[1, 2, 3], { $push: { a: { $each: [4], $slice: 0 } } }, []],
      [[3, 1], { $push: { a: { $each: [2], $sort: 1 } } }, [1, 2, 3]],
      [[{ x: 2 }, 5], { $push: { a: { $each: [{ x: 1 }], $sort: { x: 1 } } } }, [5, { x: 1 }, { x: 2 }]],
      [[{ x: [1, 9] }], { $push: { a: { $each: [{ x: 5 }], $sort: { x: 1 } } } }, [{ x: 5 }, { x: [1, 9] }]],
      [[{ x: { y: 2 } }], { $push: { a: { $each: [{ x: { y: 1 } }], $sort: { 'x.y': 1 } } } }, [{ x: { y: 1 } }, { x: { y: 2 } }]], // prettier-ignore
      [[1], { $push: { a: { $each: [] } } }, [1]],
      [5, { $push: { a: 1 } }, refused(2)],
      [null, { $push: { a: 1 } }, refused(2)],
      [[1], { $push: { a: { $each: 5 } } }, refused(2)],
      [[1], { $push: { a: { $each: [1], $nope: 1 } } }, refused(2)],
      [[1], { $push: { a: { $each: [1], $slice: 'x' } } }, refused(2)],
      [[1], { $push: { a: { $each: [1], $slice: 1.5 } } }, refused(2)],
      [[1], { $push: { a: { $each: [1], $sort: 2 } } }, refused(2)],
      [[1], { $push: { a: { $each: [1], $position: 'x' } } }, refused(2)],
      [[1], { $push: { 'a.0': 1 } }, refused(2)],
      [[[1]], { $push: { 'a.0': 2 } }, [[1, 2]]],
      [[1], { $addToSet: { a: 1 } }, [1]],
      [[1], { $addToSet: { a: new Double(1) } }, [1]],
      [[1, 1], { $addToSet: { a: 2 } }, [1, 1, 2]],
      [[{ x: 1, y: 2 }], { $addToSet: { a: { x: 1, y: 2 } } }, [{ x: 1, y: 2 }]],
      [[{ x: 1, y: 2 }], { $addToSet: { a: { y: 2, x: 1 } } }, [{ x: 1, y: 2 }, { y: 2, x: 1 }]], // prettier-ignore
      [[1], { $addToSet: { a: { $each: [1, 2, 2, 3] } } }, [1, 2, 3]],
      [[1], { $addToSet: { a: [1] } }, [1, [1]]],
      [5, { $addToSet: { a: 1 } }, refused(2)],
      [[1], { $addToSet: { a: { $each: 5 } } }, refused(14)],
      [[1], { $addToSet: { a: { $each: [1], $slice: 1 } } }, refused(2)],
      [[1, 2], { $pop: { a: 1 } }, [1]],
      [[1, 2], { $pop: { a: -1 } }, [2]],
      [[], { $pop: { a: 1 } }, []],
      [[1], { $pop: { a: 2 } }, refused(9)],
      [[1], { $pop: { a: 'x' } }, refused(9)],
      [5, { $pop: { a: 1 } }, refused(14)],
      [[1], { $pop: { b: 1 } }, [1]],
    ],
    check,
  );
});

describe('$pull and $pullAll', () => {
  rows<Row>(
    [
      [[1, 2, 1], { $pull: { a: 1 } }, [2]],
      [[1, new Double(1), '1'], { $pull: { a: 1 } }, ['1']],
      [[1, 5, 9], { $pull: { a: { $gt: 4 } } }, [1]],
      [[1, 5, 9], { $pull: { a: { $gt: 4, $lt: 6 } } }, [1, 9]],
      [[1, 2, 3], { $pull: { a: { $in: [1, 3] } } }, [2]],
      [[1, 2, 3], { $pull: { a: { $ne: 2 } } }, [2]],
      [['ab', 'c', 5], { $pull: { a: /^a/ } }, ['c', 5]],
      [[null, 1, {}], { $pull: { a: null } }, [1, {}]],
      [[[1, 2], 1], { $pull: { a: [1, 2] } }, [1]],
      [[[1, 2], 1], { $pull: { a: { $eq: 1 } } }, []],
      [[{ x: 1, y: 2 }, { x: 2 }], { $pull: { a: { x: 1 } } }, [{ x: 2 }]],
      [[{ x: 1, y: 2 }, { x: 2 }], { $pull: { a: { x: { $gte: 1 } } } }, []],
      [[{ x: 1 }, { y: 1 }], { $pull: { a: { $or: [{ x: 1 }] } } }, [{ y: 1 }]],
      [[{ x: 1 }, { y: 1 }, 5], { $pull: { a: { x: null } } }, [{ x: 1 }, 5]],
      [[{ x: [{ y: 1 }] }, { x: [] }], { $pull: { a: { x: { $elemMatch: { y: 1 } } } } }, [{ x: [] }]],
      [[[{ x: 1 }], { x: 1 }], { $pull: { a: { x: 1 } } }, [[{ x: 1 }]]],
      [5, { $pull: { a: 5 } }, refused(2)],
      [[1], { $pull: { a: { $nope: 1 } } }, refused(2)],
      [[1], { $pull: { b: 1 } }, [1]],
      [[1, 2, 1], { $pullAll: { a: [1] } }, [2]],
      [[{ x: 1 }, { x: 1, y: 2 }], { $pullAll: { a: [{ x: 1 }] } }, [{ x: 1, y: 2 }]],
      [[1], { $pullAll: { a: 1 } }, refused(2)],
      [5, { $pullAll: { a: [1] } }, refused(2)],
    ],
    check,
  );
});

describe('positions', () => {
  rows<Row>(
    [
      [[1, 2, 3], { $set: { 'a.$': 9 } }, [1, 9, 3], { q: { a: 2 } }],
      [[1, 2, 3], { $set: { 'a.$': 9 } }, [1, 9, 3], { q: { a: { $gt: 1 } } }],
      [[{ x: 1 }, { x: 2 }], { $set: { 'a.$.y': 9 } }, [{ x: 1 }, { x: 2, y: 9 }], { q: { 'a.x': 2 } }],
      [[{ x: 1 }, { x: 2 }], { $unset: { 'a.$': 1 } }, [{ x: 1 }, null], { q: { 'a.x': 2 } }],
      [[{ x: 1, y: 1 }, { x: 1, y: 2 }], { $set: { 'a.$.z': 1 } }, [{ x: 1, y: 1 }, { x: 1, y: 2, z: 1 }], { q: { a: { $elemMatch: { x: 1, y: 2 } } } }], // prettier-ignore
      [[1, 2], { $inc: { 'a.$': 1 } }, [2, 2], { q: { $and: [{ a: 1 }] } }],
      [[1, 2], { $set: { 'a.$': 9 } }, refused(2)],
      [[1, 2], { $set: { 'a.$.$': 9 } }, refused(2), { q: { a: 1 } }],
      [[1, 2], { $set: { $: 9 } }, refused(2)],
      [[1, 2], { $mul: { 'a.$[]': 2 } }, [2, 4]],
      [
        [{ x: 1 }, { x: 2 }],
        { $set: { 'a.$[].y': 1 } },
        [
          { x: 1, y: 1 },
          { x: 2, y: 1 },
        ],
      ],
      [[{ x: [1] }, { x: [2, 3] }], { $inc: { 'a.$[].x.$[]': 1 } }, [{ x: [2] }, { x: [3, 4] }]],
      [[1, 2], { $set: { 'b.$[]': 1 } }, refused(2)],
      [5, { $set: { 'a.$[]': 1 } }, refused(2)],
      [[1, 2, 3], { $set: { 'a.$[e]': 0 } }, [1, 0, 0], { arrayFilters: [{ e: { $gt: 1 } }] }],
      [[{ x: 1 }, { x: 2 }], { $set: { 'a.$[e].y': 1 } }, [{ x: 1 }, { x: 2, y: 1 }], { arrayFilters: [{ 'e.x': 2 }] }],
      [[1, 2, 3], { $set: { 'a.$[e]': 0 } }, [0, 2, 0], { arrayFilters: [{ $or: [{ e: 1 }, { e: 3 }] }] }],
      [[1], { $set: { 'a.$[e]': 0 } }, refused(2)],
      [[1], { $set: { a: 0 } }, refused(9), { arrayFilters: [{ e: 1 }] }],
      [[1], { $set: { 'a.$[e]': 0 } }, refused(9), { arrayFilters: [{ e: 1 }, { e: 2 }] }],
      [[1], { $set: { 'a.$[e]': 0 } }, refused(9), { arrayFilters: [{ e: 1, f: 2 }] }],
      [[1], { $set: { 'a.$[E]': 0 } }, refused(2), { arrayFilters: [{ E: 1 }] }],
      [[1], { $set: { 'a.$[e]': 0 } }, refused(9), { arrayFilters: [{}] }],
      [[1, 2], { $set: { 'a.$[]': 1, 'a.0': 2 } }, refused(40)],
      [[1, 2], { $set: { 'a.$[]': 1, 'a.$[e]': 2 } }, refused(40), { arrayFilters: [{ e: 1 }] }],
      [[1, 2], { $set: { 'a.$[e]': 7, 'a.$[f]': 8 } }, [7, 8], { arrayFilters: [{ e: 1 }, { f: 2 }] }],
      [[1, 2], { $set: { 'a.$': 1, 'a.0': 2 } }, refused(40), { q: { a: 1 } }],
    ],
    check,
  );
});
