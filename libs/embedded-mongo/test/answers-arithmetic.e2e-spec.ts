import { describe } from '@jest/globals';
import { Decimal128, Double, Long } from 'mongodb';
import { expectAnswer, probes, RAW, refused, rows } from './answers.js';

const { filled } = probes();

/** An expression and its value. */
type Row = [expression: unknown, value: unknown];

const long = (text: string | number) => Long.fromString(String(text));
const dec = (text: string) => Decimal128.fromString(text);
const dbl = (n: number) => new Double(n);
const MAX = long('9223372036854775807');

async function check(expression: unknown, value: unknown): Promise<void> {
  const collection = await filled([{ n: null, s: 'x', d: new Date(1000), i: 5 }]);
  const found = collection.aggregate([{ $project: { _id: 0, value: expression } }], RAW).toArray();
  await expectAnswer(
    found.then(([first]) => first?.value as unknown),
    value,
  );
}

describe('sums, products and quotients', () => {
  rows<Row>(
    [
      [{ $add: [1, 2] }, 3],
      [{ $add: [] }, 0],
      [{ $add: [1, 2.5] }, 3.5],
      [{ $add: [1, dbl(1)] }, dbl(2)],
      [{ $add: [1, long(1)] }, long(2)],
      [{ $add: [2147483647, 1] }, long('2147483648')],
      [{ $add: [2147483647, 1, -1] }, 2147483647],
      [{ $add: [MAX, 1] }, dbl(2 ** 63)],
      [{ $add: [1, dec('0.1')] }, dec('1.1')],
      [{ $add: [0.1, 0.2, 0.3] }, 0.6000000000000001],
      [{ $add: [1, '$n'] }, null],
      [{ $add: ['$nope', '$s'] }, null],
      [{ $add: ['$s', '$n'] }, refused(14)],
      [{ $add: ['$d', 500] }, new Date(1500)],
      [{ $add: [1, '$d', 0.5] }, new Date(1002)],
      [{ $add: ['$d', '$d'] }, refused(16612)],
      [{ $subtract: [5, 7] }, -2],
      [{ $subtract: [-2147483648, 1] }, long('-2147483649')],
      [{ $subtract: [dbl(5), 2] }, dbl(3)],
      [{ $subtract: ['$d', new Date(400)] }, long(600)],
      [{ $subtract: ['$d', 400] }, new Date(600)],
      [{ $subtract: [400, '$d'] }, refused(14)],
      [{ $subtract: ['$s', 1] }, refused(14)],
      [{ $subtract: ['$s', null] }, null],
      [{ $subtract: [1] }, refused(16020)],
      [{ $multiply: [] }, 1],
      [{ $multiply: [2, 3, 1.5] }, dbl(9)],
      [{ $multiply: [65536, 65536] }, long('4294967296')],
      [{ $multiply: [MAX, 2] }, dbl(2 ** 64)],
      [{ $multiply: [2, null] }, null],
      [{ $multiply: ['$s', null] }, refused(14)],
      [{ $divide: [4, 2] }, dbl(2)],
      [{ $divide: [1, 3] }, 1 / 3],
      [{ $divide: [dec('1'), 4] }, dec('0.25')],
      [{ $divide: [1, '$n'] }, null],
      [{ $divide: [1, 0] }, refused(2)],
      [{ $divide: [1, dbl(0)] }, refused(2)],
      [{ $divide: ['$s', 1] }, refused(14)],
      [{ $mod: [7, 3] }, 1],
      [{ $mod: [-7, 3] }, -1],
      [{ $mod: [7, long(3)] }, long(1)],
      [{ $mod: [7.5, 2] }, 1.5],
      [{ $mod: [7, dbl(2)] }, dbl(1)],
      [{ $mod: [7, 0] }, refused(16610)],
      [{ $mod: ['$s', 2] }, refused(16611)],
      [{ $pow: [2, 10] }, 1024],
      [{ $pow: [2, 40] }, long('1099511627776')],
      [{ $pow: [2, 63] }, dbl(2 ** 63)],
      [{ $pow: [2, -1] }, 0.5],
      [{ $pow: [long(2), 2] }, long(4)],
      [{ $pow: [dbl(2), 2] }, dbl(4)],
      [{ $pow: [-1, -3] }, -1],
      [{ $pow: [0, 0] }, 1],
      [{ $pow: [0, -1] }, refused(28764)],
      [{ $pow: ['$s', 1] }, refused(28762)],
      [{ $pow: [1, '$s'] }, refused(28763)],
    ],
    check,
  );
});

describe('rounding and roots', () => {
  rows<Row>(
    [
      [{ $round: [2.5] }, dbl(2)],
      [{ $round: [3.5, 0] }, dbl(4)],
      [{ $round: [-2.5] }, dbl(-2)],
      [{ $round: [1.015, 2] }, 1.01],
      [{ $round: [1.25, 1] }, 1.2],
      [{ $round: [19.25, 1] }, 19.2],
      [{ $round: [1234.5678, -2] }, dbl(1200)],
      [{ $round: [150, -2] }, 200],
      [{ $round: [250, -2] }, 200],
      [{ $round: [2147483647, -1] }, long('2147483650')],
      [{ $round: [long(25), -1] }, long(20)],
      [{ $round: [5, 3] }, 5],
      [{ $round: [1e20, 2] }, dbl(1e20)],
      [{ $round: [NaN, 2] }, NaN],
      [{ $round: [Infinity] }, Infinity],
      [{ $round: ['$n'] }, null],
      [{ $round: ['$s'] }, refused(51081)],
      [{ $round: [1.5, 1.5] }, refused(51082)],
      [{ $round: [1.5, 101] }, refused(51083)],
      [{ $trunc: [2.9] }, dbl(2)],
      [{ $trunc: [-2.9] }, dbl(-2)],
      [{ $trunc: [1.999, 2] }, 1.99],
      [{ $trunc: [199, -2] }, 100],
      [{ $abs: -5 }, 5],
      [{ $abs: -2147483648 }, long('2147483648')],
      [{ $abs: -1.5 }, 1.5],
      [{ $abs: long('-9223372036854775808') }, refused(28680)],
      [{ $abs: '$s' }, refused(28765)],
      [{ $abs: null }, null],
      [{ $ceil: 1.2 }, dbl(2)],
      [{ $ceil: 5 }, 5],
      [{ $floor: -1.2 }, dbl(-2)],
      [{ $floor: long(3) }, long(3)],
      [{ $sqrt: 9 }, dbl(3)],
      [{ $sqrt: -1 }, refused(28714)],
      [{ $ln: 1 }, dbl(0)],
      [{ $ln: 0 }, refused(28766)],
      [{ $log10: 100 }, dbl(2)],
      [{ $log10: -1 }, refused(28761)],
      [{ $exp: 0 }, dbl(1)],
      [{ $exp: '$s' }, refused(28765)],
    ],
    check,
  );
});

describe('comparing and deciding', () => {
  rows<Row>(
    [
      [{ $eq: [1, dbl(1)] }, true],
      [{ $eq: ['$n', '$nope'] }, false],
      [{ $eq: ['$nope', '$nope'] }, true],
      [{ $lt: ['$nope', '$n'] }, true],
      [{ $gt: ['$s', 99] }, true],
      [{ $gt: [new Date(0), true] }, true],
      [{ $cmp: [1, 2] }, -1],
      [{ $cmp: ['b', 'a'] }, 1],
      [{ $cmp: [{ a: 1 }, { a: 1 }] }, 0],
      [{ $lt: [NaN, -Infinity] }, true],
      [{ $eq: [NaN, NaN] }, true],
      [{ $eq: [1] }, refused(16020)],
      [{ $and: [] }, true],
      [{ $or: [] }, false],
      [{ $and: [1, 'x', []] }, true],
      [{ $and: [1, '$n'] }, false],
      [{ $or: [0, '$nope', NaN] }, true],
      [{ $not: [0] }, true],
      [{ $not: '$s' }, false],
      [{ $not: [1, 2] }, refused(16020)],
      [{ $cond: [true, 1, 2] }, 1],
      [{ $cond: { if: '$n', then: 1, else: 2 } }, 2],
      [{ $cond: { if: 1, then: 1 } }, refused(17082)],
      [{ $cond: { then: 1, else: 1 } }, refused(17080)],
      [{ $cond: { if: 1, else: 1 } }, refused(17081)],
      [{ $cond: { if: 1, then: 1, else: 1, x: 1 } }, refused(17083)],
      [{ $cond: [1, 2] }, refused(16020)],
      [{ $cond: [false, 1, { $divide: ['$i', 2] }] }, 2.5],
      [{ $ifNull: ['$n', '$nope', 5] }, 5],
      [{ $ifNull: ['$n', '$nope'] }, undefined],
      [{ $ifNull: [0, 1] }, 0],
      [{ $ifNull: [1] }, refused(1257300)],
      [
        {
          $switch: {
            branches: [
              { case: false, then: 1 },
              { case: 1, then: 2 },
            ],
          },
        },
        2,
      ],
      [{ $switch: { branches: [{ case: '$n', then: 1 }], default: 3 } }, 3],
      [{ $switch: { branches: [{ case: '$n', then: 1 }] } }, refused(40066)],
      [{ $switch: { branches: [] } }, refused(40068)],
      [{ $switch: { branches: 5 } }, refused(40061)],
      [{ $switch: { branches: [{ case: 1 }] } }, refused(40065)],
      [{ $switch: { branches: [{ then: 1 }] } }, refused(40064)],
      [{ $switch: { branches: [{ case: 1, then: 1, x: 1 }] } }, refused(40063)],
      [{ $switch: { branches: [{ case: 1, then: 1 }], x: 1 } }, refused(40067)],
      [{ $switch: 5 }, refused(40060)],
      [{ $let: { vars: { x: 2 }, in: { $add: ['$$x', '$i'] } } }, 7],
      [{ $let: { vars: { x: 2 } } }, refused(16877)],
      [{ $let: { in: 2 } }, refused(16876)],
      [{ $let: { vars: {}, in: 2, x: 1 } }, refused(16875)],
      [{ $let: 5 }, refused(16874)],
      ['$$nope', refused(17276)],
      ['$$ROOT.i', 5],
      ['$$CURRENT.i', 5],
      ['$i.x', undefined],
      [{ $literal: '$i' }, '$i'],
      [{ $literal: { $add: [1, 2] } }, { $add: [1, 2] }],
      [
        { a: '$i', b: '$nope', c: [1, '$nope'] },
        { a: 5, c: [1, null] },
      ],
      [{ $add: [1, 2], $subtract: [1, 2] }, refused(15983)],
      [{ $nope: 1 }, refused(168, 31325)],
    ],
    check,
  );
});
