import { describe } from '@jest/globals';
import { Binary, Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'mongodb';
import type { Document } from 'mongodb';
import { expectAnswer, MISSING, probes, refused, rows, type Refused } from './answers.js';

const { filled } = probes();

/** The values of field `a` in documents 0, 1, 2 ..., a filter, and which documents it finds. */
type Row = [values: unknown[], filter: Document, found: number[] | Refused];

const dec = (text: string) => Decimal128.fromString(text);
const bin = (bytes: number[], type = 0) => new Binary(Buffer.from(bytes), type);
const date = (ms: number) => new Date(ms);
const long = (text: string) => Long.fromString(text);

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

const NUMBERS = [
  1,
  new Double(1),
  long('1'),
  dec('1.0'),
  '1',
  true,
  date(1),
  NaN,
  dec('NaN'),
  new Timestamp({ t: 0, i: 1 }),
];

describe('types and their order', () => {
  rows<Row>(
    [
      [NUMBERS, { a: dec('1') }, [0, 1, 2, 3]],
      [NUMBERS, { a: { $gte: 1 } }, [0, 1, 2, 3]],
      [NUMBERS, { a: { $lt: 5 } }, [0, 1, 2, 3]],
      [NUMBERS, { a: { $lte: Infinity } }, [0, 1, 2, 3]],
      [NUMBERS, { a: NaN }, [7, 8]],
      [NUMBERS, { a: { $gte: NaN } }, [7, 8]],
      [NUMBERS, { a: { $gt: NaN } }, []],
      [NUMBERS, { a: { $in: [dec('NaN')] } }, [7, 8]],
      [NUMBERS, { a: { $ne: 1 } }, [4, 5, 6, 7, 8, 9]],
      [NUMBERS, { a: { $gt: '0' } }, [4]],
      [NUMBERS, { a: { $gte: false } }, [5]],
      [NUMBERS, { a: { $lt: date(5) } }, [6]],
      [NUMBERS, { a: { $type: 'number' } }, [0, 1, 2, 3, 7, 8]],
      [NUMBERS, { a: { $type: ['int', 18] } }, [0, 2]],
      [NUMBERS, { a: { $type: 'timestamp' } }, [9]],
      [[0, -0, new Double(0), dec('-0')], { a: 0 }, [0, 1, 2, 3]],
      [[0.1, dec('0.1')], { a: dec('0.1') }, [1]],
      [[0.1, dec('0.1')], { a: { $gt: dec('0.1') } }, [0]],
      [[long('9007199254740993'), 9007199254740992], { a: { $gt: 9007199254740992 } }, [0]],
      [[long('9007199254740993'), dec('9007199254740993')], { a: dec('9007199254740993') }, [0, 1]],
      [[Infinity, -Infinity, dec('Infinity'), 5], { a: Infinity }, [0, 2]],
      [[date(1), date(2)], { a: { $gt: date(1) } }, [1]],
      [
        [
          { b: 1, c: 2 },
          { c: 2, b: 1 },
          { b: new Double(1), c: 2 },
        ],
        { a: { b: 1, c: 2 } },
        [0, 2],
      ],
      [[{ b: 1 }, { b: 2 }, { c: 0 }], { a: { $gt: { b: 1 } } }, [1, 2]],
      [[bin([1]), bin([1], 4), bin([2, 2]), bin([0, 0], 5)], { a: { $gt: bin([9]) } }, [1, 2, 3]],
      [[bin([1]), bin([1], 4), bin([2, 2]), bin([0, 0], 5)], { a: bin([1]) }, [0]],
      [[new ObjectId('0'.repeat(24)), new ObjectId('f'.repeat(24))], { a: { $lt: new ObjectId('1'.repeat(24)) } }, [0]],
      [[new MinKey(), new MaxKey(), 1], { a: new MinKey() }, [0]],
      [[new MinKey(), new MaxKey(), 1], { a: { $gte: new MaxKey() } }, [1]],
      [[new MinKey(), new MaxKey(), 1], { a: { $lte: new MaxKey() } }, [0, 1, 2]],
      [['B', 'a', 'ä', '\u{1f600}', '\uffff'], { a: { $gt: 'b' } }, [2, 3, 4]],
      [['\u{1f600}', '\uffff'], { a: { $gt: '\uffff' } }, [0]],
    ],
    check,
  );
});

describe('operators on numbers', () => {
  rows<Row>(
    [
      [[-5, 4, 4.9, long('8'), dec('4.5'), 'x', NaN], { a: { $mod: [4, 0] } }, [1, 2, 3, 4]],
      [[-5, 3, -1], { a: { $mod: [4, -1] } }, [0, 2]],
      [[5, 6], { a: { $mod: [2.9, 0.5] } }, [1]],
      [[1e300, dec('1E30'), 4], { a: { $mod: [2, 0] } }, [2]],
      [[4], { a: { $mod: [0, 1] } }, refused(2)],
      [[4], { a: { $mod: [0.5, 1] } }, refused(2)],
      [[4], { a: { $mod: [2] } }, refused(2)],
      [[4], { a: { $mod: [2, 0, 1] } }, refused(2)],
      [[4], { a: { $mod: 2 } }, refused(2)],
      [[4], { a: { $mod: ['x', 1] } }, refused(2)],
      [[54, 88, 102, 'x', 6.5, -1], { a: { $bitsAllSet: [1, 2] } }, [0, 2, 5]],
      [[54, 88, 102, -1], { a: { $bitsAllSet: 50 } }, [0, 3]],
      [[20, 87, bin([20])], { a: { $bitsAllClear: [1, 3] } }, [0, 2]],
      [[254, 1, bin([0, 1])], { a: { $bitsAnySet: [8] } }, [2]],
      [[1, 3], { a: { $bitsAnyClear: [0, 1] } }, [0]],
      [[-1], { a: { $bitsAllSet: [200] } }, [0]],
      [[1], { a: { $bitsAllSet: -1 } }, refused(9)],
      [[1], { a: { $bitsAllSet: 1.5 } }, refused(9)],
      [[1], { a: { $bitsAllSet: 'x' } }, refused(2)],
      [[1], { a: { $bitsAllSet: [-1] } }, refused(2)],
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
