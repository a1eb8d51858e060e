import { describe } from '@jest/globals';
import { Binary, Decimal128, Double, Int32, Long, type Document } from 'mongodb';
import { expectAnswer, probes, RAW, refused, rows, type Refused } from './answers.js';

const { db, filled } = probes();

/** A document, an update, what becomes of the document, and more of the update's statement. */
type Row = [before: Document, update: Document | Document[], after: Document | Refused, more?: Document];

async function check(before: Document, update: Document | Document[], after: Document | Refused, more: Document = {}) {
  const collection = await filled([before]);
  const run = async () => {
    const statement = { q: {}, u: update, ...more };
    const { writeErrors } = await db().command({ update: collection.collectionName, updates: [statement] });
    if (writeErrors) throw Object.assign(new Error(), (writeErrors as Document[])[0]);
    return collection.findOne({}, { ...RAW, projection: { _id: 0 } });
  };
  await expectAnswer(run(), after);
}

const long = (text: string) => Long.fromString(text);
const dec = (text: string) => Decimal128.fromString(text);

describe('$set and $unset', () => {
  rows<Row>(
    [
      [{ a: 1 }, { $set: { a: new Double(1) } }, { a: new Double(1) }],
      [{ b: 1 }, { $set: { z: 1, 'a.c': 2, 'a.b': 3 } }, { b: 1, a: { b: 3, c: 2 }, z: 1 }],
      [{ b: 1, a: 2 }, { $set: { a: 3, b: 4 } }, { b: 4, a: 3 }],
      [{}, { $set: { 'a.10': 1, 'a.2': 2 } }, { a: { 2: 2, 10: 1 } }],
      [{ a: [1] }, { $set: { 'a.3': 4 } }, { a: [1, null, null, 4] }],
      [{ a: [{ b: 1 }] }, { $set: { 'a.0.b': 2, 'a.1.c': 3 } }, { a: [{ b: 2 }, { c: 3 }] }],
      [{ a: [1] }, { $set: { 'a.x': 1 } }, refused(28)],
      [{ a: 5 }, { $set: { 'a.b': 1 } }, refused(28)],
      [{ a: null }, { $set: { 'a.b': 1 } }, refused(28)],
      [{ a: [1] }, { $set: { 'a.1600000': 1 } }, refused(2)],
      [{ a: 1 }, { $set: {} }, { a: 1 }],
      [{ a: 1 }, { $set: { '': 1 } }, refused(56)],
      [{ a: 1 }, { $set: { 'b..c': 1 } }, refused(56)],
      [{ a: 1 }, { $set: { 'b.': 1 } }, refused(56)],
      [{ a: 1 }, { $set: { b: 1, $c: 1 } }, refused(52)],
      [{ a: 1 }, { $set: 5 }, refused(9)],
      [{ a: 1 }, { $set: { a: 1 }, b: 2 }, refused(9)],
      [{ a: 1 }, { $foo: { a: 1 } }, refused(9)],
      [{ a: 1 }, { $set: { a: 2 }, $inc: { a: 1 } }, refused(40)],
      [{ a: 1 }, { $set: { a: 2 }, $unset: { 'a.b': 1 } }, refused(40)],
      [{ a: 1 }, { $set: { 'b.c': 2, b: 1 } }, refused(40)],
      [{ a: 1 }, { $set: { 'b-c': 2, b: 1, 'b.c': 1 } }, refused(40)],
      [{ a: 1 }, { $set: { _id: 5 } }, refused(66)],
      [{ a: 1 }, { $set: { _id: 0 } }, { a: 1 }],
      [{ a: 1 }, { $set: { '_id.x': 0 } }, refused(28)],
      [{ _id: { x: 1 } }, { $set: { '_id.x': 2 } }, refused(66)],
      [{ _id: { x: 1 } }, { $set: { '_id.y': 2 } }, refused(66)],
      [{ a: 1 }, { $unset: { _id: 1 } }, refused(66)],
      [{ a: 1, b: 2 }, { $unset: { a: '' } }, { b: 2 }],
      [{ a: [1, 2, 3] }, { $unset: { 'a.1': '' } }, { a: [1, null, 3] }],
      [{ a: [1, 2] }, { $unset: { 'a.5': '' } }, { a: [1, 2] }],
      [{ a: { b: 1 } }, { $unset: { 'a.b': '' } }, { a: {} }],
      [{ a: 5 }, { $unset: { 'a.b.c': '' } }, { a: 5 }],
    ],
    check,
  );
});

describe('operators on numbers', () => {
  rows<Row>(
    [
      [{ a: 1 }, { $inc: { a: 1 } }, { a: 2 }],
      [{}, { $inc: { 'a.b': long('1') } }, { a: { b: long('1') } }],
      [{ a: 2147483647 }, { $inc: { a: 1 } }, { a: long('2147483648') }],
      [{ a: long('1') }, { $inc: { a: 1 } }, { a: long('2') }],
      [{ a: 1 }, { $inc: { a: 0.5 } }, { a: 1.5 }],
      [{ a: 1 }, { $inc: { a: new Double(1) } }, { a: new Double(2) }],
      [{ a: 1 }, { $inc: { a: dec('0.10') } }, { a: dec('1.10') }],
      [{ a: 0.1 }, { $inc: { a: dec('1') } }, { a: dec('1.100000000000000') }],
      [{ a: long('9223372036854775807') }, { $inc: { a: 1 } }, refused(2)],
      [{ a: long('9223372036854775807') }, { $mul: { a: 2 } }, refused(2)],
      [{ a: null }, { $inc: { a: 1 } }, refused(14)],
      [{ a: '1' }, { $inc: { a: 1 } }, refused(14)],
      [{ a: 1 }, { $inc: { a: '1' } }, refused(14)],
      [{ a: 1 }, { $inc: { a: null } }, refused(14)],
      [{ a: [1, 2] }, { $inc: { 'a.1': 5 } }, { a: [1, 7] }],
      [{ a: 3 }, { $mul: { a: 2 } }, { a: 6 }],
      [{ a: 65536 }, { $mul: { a: 65536 } }, { a: long('4294967296') }],
      [{}, { $mul: { a: new Double(2.5) } }, { a: new Double(0) }],
      [{}, { $mul: { a: long('2') } }, { a: long('0') }],
      [{}, { $mul: { a: 2 } }, { a: 0 }],
      [{ a: 5 }, { $min: { a: 3 } }, { a: 3 }],
      [{ a: 5 }, { $max: { a: 3 } }, { a: 5 }],
      [{ a: 5 }, { $min: { a: '0' } }, { a: 5 }],
      [{ a: 5 }, { $max: { a: '0' } }, { a: '0' }],
      [{ a: 5 }, { $min: { a: null } }, { a: null }],
      [{ a: null }, { $max: { a: 1 } }, { a: 1 }],
      [{ a: 5 }, { $max: { a: new Double(5) } }, { a: 5 }],
      [{}, { $min: { a: 1 }, $max: { b: 2 } }, { a: 1, b: 2 }],
      [{ a: 13 }, { $bit: { a: { and: 10 } } }, { a: 8 }],
      [{ a: 3 }, { $bit: { a: { or: 8, xor: 1 } } }, { a: 10 }],
      [{ a: 1 }, { $bit: { a: { or: long('2') } } }, { a: long('3') }],
      [{}, { $bit: { a: { or: 5 } } }, { a: 5 }],
      [{ a: 1.5 }, { $bit: { a: { or: 5 } } }, refused(2)],
      [{ a: 1 }, { $bit: { a: { or: 1.5 } } }, refused(2)],
      [{ a: 1 }, { $bit: { a: { not: 1 } } }, refused(2)],
      [{ a: 1 }, { $bit: { a: {} } }, refused(2)],
      [{ a: 1 }, { $currentDate: { a: 1 } }, refused(2)],
      [{ a: 1 }, { $currentDate: { a: { $type: 'x' } } }, refused(2)],
      [{ a: 1 }, { $currentDate: { a: { $type: 'date', x: 1 } } }, refused(2)],
    ],
    check,
  );
});

describe('$rename', () => {
  rows<Row>(
    [
      [{ a: 1, b: 2 }, { $rename: { a: 'c' } }, { b: 2, c: 1 }],
      [{ a: 1, b: 2 }, { $rename: { a: 'b' } }, { b: 1 }],
      [{ a: 1 }, { $rename: { a: 'x.y' } }, { x: { y: 1 } }],
      [{ a: { b: 1 } }, { $rename: { 'a.b': 'c' } }, { a: {}, c: 1 }],
      [{ a: 1 }, { $rename: { nope: 'c' } }, { a: 1 }],
      [{ a: 1 }, { $rename: { a: 'a' } }, refused(2)],
      [{ a: 1 }, { $rename: { a: 'a.b' } }, refused(2)],
      [{ a: 1 }, { $rename: { a: 5 } }, refused(2)],
      [{ a: 1 }, { $rename: { a: '' } }, refused(56)],
      [{ a: 1 }, { $rename: { a: 'b', b: 'c' } }, refused(40)],
      [{ a: 1 }, { $rename: { a: 'b' }, $set: { b: 1 } }, refused(40)],
      [{ a: [{ b: 1 }] }, { $rename: { 'a.b': 'c' } }, refused(2)],
      [{ a: [{ b: 1 }] }, { $rename: { 'a.0.b': 'c' } }, refused(2)],
      [{ a: 1, b: [1] }, { $rename: { a: 'b.0' } }, refused(2)],
      [{ a: 1, b: 5 }, { $rename: { a: 'b.c' } }, refused(28)],
      [{ a: 1 }, { $rename: { _id: 'b' } }, refused(66)],
    ],
    check,
  );
});

describe('replacements and pipelines', () => {
  rows<Row>(
    [
      [{ a: 1 }, { b: 2 }, { b: 2 }],
      [{ a: 1 }, {}, {}],
      [{ a: 1 }, { _id: 0, b: 2 }, { b: 2 }],
      [{ a: 1 }, { _id: 7, b: 2 }, refused(66)],
      [{ a: 1 }, { b: 1, $set: { c: 1 } }, refused(52)],
      [{ a: 1 }, { b: 2 }, refused(9), { multi: true }],
      [{ a: 1 }, { b: { $x: 1 } }, { b: { $x: 1 } }],
      [{ a: 1 }, [{ $set: { b: { $add: ['$a', 1] } } }], { a: 1, b: 2 }],
      [{ a: 1, b: 2 }, [{ $unset: 'a' }], { b: 2 }],
      [{ a: 1, b: 2 }, [{ $project: { a: 1 } }], { a: 1 }],
      [{ a: 1 }, [{ $replaceWith: { c: '$a' } }], { c: 1 }],
      [{ a: 1 }, [{ $unset: '_id' }], { a: 1 }],
      [{ a: 1 }, [{ $set: { _id: 5 } }], refused(66)],
      [{ a: 1 }, [], { a: 1 }],
      [{ a: 1 }, [{ $group: { _id: 1 } }], refused(72)],
      [{ a: 1 }, [{ $match: {} }], refused(72)],
      [{ a: 1 }, [{ $nope: 1 }], refused(40324)],
      [{ a: 1 }, [{ $set: { a: { $nope: 1 } } }], refused(168)],
      [{ a: 1 }, [{ $set: { a: '$$x' } }], { a: 5 }, { c: { x: 5 } }],
      [{ a: 1 }, { $set: { a: 1 } }, refused(51198), { c: { x: 5 } }],
      [{ a: 1 }, [{ $set: { a: 1 } }], refused(9), { arrayFilters: [{ x: 1 }] }],
      [{ a: 1 }, { $setOnInsert: { a: 2 } }, { a: 1 }],
      [
        { a: new Binary(Buffer.from([1]), 4) },
        { $set: { b: new Int32(1) } },
        { a: new Binary(Buffer.from([1]), 4), b: 1 },
      ],
    ],
    check,
  );
});
