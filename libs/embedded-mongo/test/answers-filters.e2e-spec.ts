import { describe } from '@jest/globals';
import { Double, MaxKey, MinKey, type Document } from 'mongodb';
import { expectAnswer, MISSING, probes, refused, rows, type Refused } from './answers.js';

const { filled } = probes();

/** The values of field `a` in documents 0, 1, 2 ..., a filter, and which documents it finds. */
type Row = [values: unknown[], filter: Document, found: number[] | Refused];

async function check(values: unknown[], filter: Document, wanted: number[] | Refused): Promise<void> {
  const collection = await filled(values.map((a) => (a === MISSING ? {} : { a })));
  const found = collection
    .find(filter)
    .sort({ _id: 1 })
    .toArray()
    .then((list) => list.map(({ _id }) => _id));
  await expectAnswer(found, wanted);
}

const EMPTIES = [null, MISSING, [null], [], [[]], 0, '', {}, [1, null], [{}]];
const NESTED = [
  { b: null },
  {},
  null,
  MISSING,
  5,
  [],
  [{}],
  [{ b: 1 }, {}],
  [{ b: 1 }],
  [1, 2],
  { b: 1 },
  [[{ b: 1 }]],
];

describe('null, missing and empty', () => {
  rows<Row>(
    [
      [EMPTIES, { a: null }, [0, 1, 2, 8]],
      [EMPTIES, { a: { $ne: null } }, [3, 4, 5, 6, 7, 9]],
      [EMPTIES, { a: { $in: [null] } }, [0, 1, 2, 8]],
      [EMPTIES, { a: { $nin: [null, 0] } }, [3, 4, 6, 7, 9]],
      [EMPTIES, { a: { $not: { $eq: null } } }, [3, 4, 5, 6, 7, 9]],
      [EMPTIES, { a: { $gte: null } }, [0, 1, 2, 8]],
      [EMPTIES, { a: { $lte: null } }, [0, 1, 2, 8]],
      [EMPTIES, { a: { $gt: null } }, []],
      [EMPTIES, { a: { $exists: true } }, [0, 2, 3, 4, 5, 6, 7, 8, 9]],
      [EMPTIES, { a: { $exists: 0 } }, [1]],
      [EMPTIES, { a: { $type: 'null' } }, [0, 2, 8]],
      [EMPTIES, { a: { $type: 10 } }, [0, 2, 8]],
      [EMPTIES, { a: [] }, [3, 4]],
      [EMPTIES, { a: {} }, [7, 9]],
      [EMPTIES, { a: { $size: 0 } }, [3]],
      [EMPTIES, { a: { $elemMatch: { $eq: null } } }, [2, 8]],
      [EMPTIES, { a: { $all: [null] } }, [0, 1, 2, 8]],
      [EMPTIES, { a: { $gt: new MinKey() } }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
      [EMPTIES, { a: { $lt: new MaxKey() } }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
      [EMPTIES, { a: { $lt: new MinKey() } }, []],
      [NESTED, { 'a.b': null }, [0, 1, 2, 3, 4, 6, 7]],
      [NESTED, { 'a.b': { $ne: null } }, [5, 8, 9, 10, 11]],
      [NESTED, { 'a.b': { $exists: false } }, [1, 2, 3, 4, 5, 6, 9, 11]],
      [NESTED, { 'a.b': { $exists: true } }, [0, 7, 8, 10]],
      [NESTED, { 'a.b': { $in: [1, null] } }, [0, 1, 2, 3, 4, 6, 7, 8, 10]],
      [NESTED, { 'a.b': { $nin: [1] } }, [0, 1, 2, 3, 4, 5, 6, 9, 11]],
      [NESTED, { 'a.b': 1 }, [7, 8, 10]],
      [NESTED, { a: { $elemMatch: { b: null } } }, [6, 7, 11]],
    ],
    check,
  );
});

describe('arrays', () => {
  rows<Row>(
    [
      [[[1, 2], [[1, 2]], [2, 1], 1], { a: [1, 2] }, [0, 1]],
      [[[1, 2], [[1, 2]], [2, 1], 1], { a: 1 }, [0, 2, 3]],
      [[[1, 2], [[1, 2]], [3]], { a: { $ne: 1 } }, [1, 2]],
      [[[1, 9], [5]], { a: { $gt: 4, $lt: 6 } }, [0, 1]],
      [[[1, 9], [5]], { a: { $elemMatch: { $gt: 4, $lt: 6 } } }, [1]],
      [[[[3]], [3]], { a: { $elemMatch: { $gt: 1 } } }, [1]],
      [[[[3]], [3]], { a: { $elemMatch: { $elemMatch: { $gt: 1 } } } }, [0]],
      [[[[3, 4]], [3]], { a: { $elemMatch: { $size: 2 } } }, [0]],
      [[[[3]], [3]], { a: { $elemMatch: { $in: [3] } } }, [1]],
      [[[[3]], [3]], { a: { $elemMatch: { $in: [[3]] } } }, [0]],
      [[[1], [1, 2]], { a: { $elemMatch: { $ne: 1 } } }, [1]],
      [[[1], [1, 2]], { a: { $elemMatch: { $not: { $eq: 1 } } } }, [1]],
      [[[1], [1, 'x']], { a: { $elemMatch: { $type: 'string' } } }, [1]],
      [[[{ x: 1, y: 2 }], [{ x: 1 }, { y: 2 }]], { a: { $elemMatch: { x: 1, y: 2 } } }, [0]],
      [[[{ x: 1, y: 2 }], [{ x: 1 }, { y: 2 }]], { 'a.x': 1, 'a.y': 2 }, [0, 1]],
      [[[{ x: 1 }], [{ x: 3 }]], { a: { $elemMatch: { $or: [{ x: 3 }, { y: 1 }] } } }, [1]],
      [[[{}], [1], [], {}], { a: { $elemMatch: {} } }, [0]],
      [[[[1]], [{ 0: 1 }]], { a: { $elemMatch: { 0: 1 } } }, [0, 1]],
      [[[[1, 2]], [1, 2]], { 'a.0': 1 }, [1]],
      [
        [
          [5, [2, 4]],
          [5, 2],
        ],
        { 'a.1': 2 },
        [1],
      ],
      [[[5, [2, 4]]], { 'a.1': [2, 4] }, [0]],
      [[[5, [2, 4]]], { 'a.1.0': 2 }, [0]],
      [[[1], { 0: { b: null } }], { 'a.0.b': null }, [1]],
      [[[{ b: 1 }, { b: 2 }], [{ b: 2 }]], { 'a.0.b': 2 }, [1]],
      [[[{ b: [{ c: 1 }, { c: 2 }] }]], { 'a.b.c': 2 }, [0]],
      [[[{ b: [{ c: 1 }, { c: 2 }] }]], { 'a.0.b.1.c': 2 }, [0]],
      [[[1, 2, 3], [1], [[1, 2, 3]]], { a: { $size: 3 } }, [0]],
      [[[1, 2, 3], [1]], { a: { $size: new Double(1) } }, [1]],
      [
        [
          [1, 2, 3],
          [1, 3],
        ],
        { a: { $all: [1, 3] } },
        [0, 1],
      ],
      [[[1, 2, 3], [1, 3], 1], { a: { $all: [1] } }, [0, 1, 2]],
      [[[[1, 2]], [1, 2]], { a: { $all: [[1, 2]] } }, [0, 1]],
      [[[1], 1], { a: { $all: [] } }, []],
      [[['ab', 'c'], ['b']], { a: { $all: [/^a/, 'c'] } }, [0]],
      [[[{ x: 1 }, { x: 2 }], [{ x: 1 }]], { a: { $all: [{ $elemMatch: { x: 1 } }, { $elemMatch: { x: 2 } }] } }, [0]],
      [[[1, 'a'], ['b'], 5], { a: { $nin: ['a', 5] } }, [1]],
      [[[1, 'a'], ['b'], 5], { a: { $not: { $type: 'string' } } }, [2]],
      [[[], [1], 1], { a: { $type: 'array' } }, [0, 1]],
      [[[[]], [1], 1], { 'a.0': { $type: 'array' } }, [0]],
      [[[1, 2], [3]], { a: { $in: [[3], 2] } }, [0, 1]],
      [[[1, 2], [3]], { a: { $gt: [2] } }, [1]],
      [[[1, 2], [3]], { a: { $lt: [2] } }, [0]],
      [[[{ b: 1 }], [{ b: [1, 2] }]], { 'a.b': { $size: 2 } }, [1]],
      [[[{ b: 1 }], []], { 'a.b': { $not: { $gt: 0 } } }, [1]],
    ],
    check,
  );
});

describe('what makes no sense', () => {
  rows<Row>(
    [
      [[1], { $foo: 1 }, refused(2)],
      [[1], { a: { $foo: 1 } }, refused(2)],
      [[1], { a: { $gt: 1, b: 2 } }, refused(2)],
      [[1], { $and: [] }, refused(2)],
      [[1], { $or: {} }, refused(2)],
      [[1], { $nor: [1] }, refused(2)],
      [[1], { a: { $in: 1 } }, refused(2)],
      [[1], { a: { $in: [{ $gt: 1 }] } }, refused(2)],
      [[1], { a: { $not: 5 } }, refused(2)],
      [[1], { a: { $not: {} } }, refused(2)],
      [[1], { a: { $all: 5 } }, refused(2)],
      [[1], { a: { $all: [{ $elemMatch: { x: 1 } }, 5] } }, refused(2)],
      [[1], { a: { $all: [5, { $elemMatch: { x: 1 } }] } }, refused(2)],
      [[1], { a: { $elemMatch: 5 } }, refused(2)],
      [[1], { a: { $size: -1 } }, refused(2)],
      [[1], { a: { $size: 1.5 } }, refused(2)],
      [[1], { a: { $size: 'x' } }, refused(2)],
      [[1], { a: { $type: 'nope' } }, refused(2)],
      [[1], { a: { $type: 500 } }, refused(2)],
      [[1], { a: { $type: [] } }, refused(9)],
      [[1], { a: { $ne: /x/ } }, refused(2)],
      [[1], { a: { $gt: /x/ } }, refused(2)],
      [[1], { a: { $options: 'i' } }, refused(2)],
      [[1], { a: { $regex: 5 } }, refused(2)],
      [[1], { $expr: { $foo: 1 } }, refused(168)],
      [[1], { $expr: '$$nope' }, refused(17276)],
      [[1], { $where: 'true' }, refused(2, 115)],
      [[1], { a: { $expr: 1 } }, refused(2)],
      [[1, 2], { a: 1, $comment: { any: 1 } }, [0]],
      [[1, 2], { $expr: { $gt: ['$a', 1] } }, [1]],
      [[MISSING, null, 1], { $expr: { $eq: ['$a', null] } }, [1]],
      [[MISSING, null, 1], { $expr: { $lt: ['$a', null] } }, [0]],
      [[1, 2], { $expr: '$a' }, [0, 1]],
      [[1, 2], { $and: [{ a: 1 }], a: { $lt: 5 } }, [0]],
      [[1, 2], { $nor: [{ a: 1 }, { b: 1 }] }, [1]],
      [[{ $x: 1 }, { '': 3 }], { 'a.$x': 1 }, [0]],
      [[{ $x: 1 }, { '': 3 }], { 'a.': 3 }, [1]],
    ],
    check,
  );
});
