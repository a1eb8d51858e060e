import { describe } from '@jest/globals';
import { Binary, Decimal128, Double, Long, MaxKey, MinKey, ObjectId, Timestamp, type Document } from 'mongodb';
import { expectAnswer, probes, refused, rows, type Refused } from './answers.js';

const { filled } = probes();

/** The values of field `a` in documents 0, 1, 2 ..., a filter, and which documents it finds. */
type Row = [values: unknown[], filter: Document, found: number[] | Refused];

const dec = (text: string) => Decimal128.fromString(text);
const bin = (bytes: number[], type = 0) => new Binary(Buffer.from(bytes), type);
const date = (ms: number) => new Date(ms);
const long = (text: string) => Long.fromString(text);

async function check(values: unknown[], filter: Document, wanted: number[] | Refused): Promise<void> {
  const collection = await filled(values.map((a) => ({ a })));
  const found = collection
    .find(filter)
    .sort({ _id: 1 })
    .toArray()
    .then((list) => list.map(({ _id }) => _id));
  await expectAnswer(found, wanted);
}

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
