import { describe } from '@jest/globals';
import { Decimal128, Double, Long, ObjectId } from 'mongodb';
import { expectAnswer, probes, RAW, refused, rows } from './answers.js';

const { filled } = probes();

/** An expression and its value. */
type Row = [expression: unknown, value: unknown];

const long = (text: string | number) => Long.fromString(String(text));
const dec = (text: string) => Decimal128.fromString(text);
const dbl = (n: number) => new Double(n);

async function check(expression: unknown, value: unknown): Promise<void> {
  const collection = await filled([{ n: null, s: 'aXb', a: [1, 2, 3], o: { k: 1, l: 2 }, i: 5 }]);
  const found = collection.aggregate([{ $project: { _id: 0, value: expression } }], RAW).toArray();
  await expectAnswer(
    found.then(([first]) => first?.value as unknown),
    value,
  );
}

describe('conversions', () => {
  rows<Row>(
    [
      [{ $toInt: 2.9 }, 2],
      [{ $toInt: '-12' }, -12],
      [{ $toInt: '1.5' }, refused(241)],
      [{ $toInt: ' 1' }, refused(241)],
      [{ $toInt: '0x1A' }, refused(241)],
      [{ $toInt: '2147483648' }, refused(241)],
      [{ $toInt: long('2147483648') }, refused(241)],
      [{ $toInt: NaN }, refused(241)],
      [{ $toInt: true }, 1],
      [{ $toInt: '$n' }, null],
      [{ $toInt: new Date(5) }, refused(241)],
      [{ $toLong: new Date(5) }, long(5)],
      [{ $toLong: '9007199254740993' }, long('9007199254740993')],
      [{ $toLong: 1e30 }, refused(241)],
      [{ $toDouble: '1e3' }, dbl(1000)],
      [{ $toDouble: '0x10' }, refused(241)],
      [{ $toDouble: 'x' }, refused(241)],
      [{ $toDouble: 5 }, dbl(5)],
      [{ $toDecimal: 0.1 }, dec('0.100000000000000')],
      [{ $toDecimal: '1.50' }, dec('1.50')],
      [{ $toBool: 'false' }, true],
      [{ $toBool: 0 }, false],
      [{ $toBool: '$n' }, null],
      [{ $toString: 1.5 }, '1.5'],
      [{ $toString: dbl(5) }, '5'],
      [{ $toString: long(7) }, '7'],
      [{ $toString: true }, 'true'],
      [{ $toString: new Date(0) }, '1970-01-01T00:00:00.000Z'],
      [{ $toString: [[1]] }, refused(241)],
      [{ $toObjectId: '0'.repeat(24) }, new ObjectId('0'.repeat(24))],
      [{ $toObjectId: 'x' }, refused(241)],
      [{ $toDate: '2024-02-03' }, new Date('2024-02-03T00:00:00Z')],
      [{ $toDate: '2024-02-03T04:05:06.789Z' }, new Date('2024-02-03T04:05:06.789Z')],
      [{ $toDate: '2024-02-03T04:05:06+02:00' }, new Date('2024-02-03T02:05:06Z')],
      [{ $toDate: '2024-02-03 04:05:06' }, new Date('2024-02-03T04:05:06Z')],
      [{ $toDate: '2024-02-31' }, refused(241)],
      [{ $toDate: 'nope' }, refused(241)],
      [{ $toDate: 5 }, refused(241)],
      [{ $toDate: long(5) }, new Date(5)],
      [{ $toDate: 5.9 }, new Date(5)],
      [{ $convert: { input: 'x', to: 'int', onError: 'bad' } }, 'bad'],
      [{ $convert: { input: '$n', to: 'int', onNull: 'none' } }, 'none'],
      [{ $convert: { input: '5', to: 16 } }, 5],
      [{ $convert: { input: '5', to: 'nope' } }, refused(2)],
      [{ $type: '$nope' }, 'missing'],
      [{ $type: 1.5 }, 'double'],
      [{ $isNumber: dec('1') }, true],
    ],
    check,
  );
});

describe('expressions on documents', () => {
  rows<Row>(
    [
      [{ $mergeObjects: ['$o', { l: 3, m: 4 }] }, { k: 1, l: 3, m: 4 }],
      [{ $mergeObjects: ['$n', '$nope'] }, {}],
      [{ $mergeObjects: ['$i'] }, refused(40400)],
      [
        { $objectToArray: '$o' },
        [
          { k: 'k', v: 1 },
          { k: 'l', v: 2 },
        ],
      ],
      [{ $objectToArray: '$i' }, refused(40390)],
      [
        {
          $arrayToObject: [
            [
              ['x', 1],
              ['y', 2],
            ],
          ],
        },
        { x: 1, y: 2 },
      ],
      [{ $arrayToObject: [[{ k: 'x', v: 1 }]] }, { x: 1 }],
      [{ $arrayToObject: [[]] }, {}],
      [{ $arrayToObject: '$n' }, null],
      [{ $arrayToObject: '$i' }, refused(40386)],
      [{ $arrayToObject: ['$a'] }, refused(40398)],
      [{ $arrayToObject: [[['x']]] }, refused(40397)],
      [{ $arrayToObject: [[[1, 2]]] }, refused(40395)],
      [{ $arrayToObject: [[{ k: 'x' }]] }, refused(40392)],
      [{ $getField: 'i' }, 5],
      [{ $getField: { field: 'k', input: '$o' } }, 1],
      [{ $getField: { field: 'k', input: '$n' } }, null],
      [{ $getField: { field: 'k', input: '$nope' } }, undefined],
      [{ $getField: { field: 'k', input: '$i' } }, undefined],
      [{ $setField: { field: 'm', input: '$o', value: 3 } }, { k: 1, l: 2, m: 3 }],
      [{ $setField: { field: 'k', input: '$o', value: '$$REMOVE' } }, { l: 2 }],
      [{ $setField: { field: 'k', input: '$n', value: 1 } }, null],
    ],
    check,
  );
});
