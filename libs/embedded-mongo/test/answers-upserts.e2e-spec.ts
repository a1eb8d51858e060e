import { describe } from '@jest/globals';
import { Double, type Document } from 'mongodb';
import { expectAnswer, probes, RAW, refused, rows, type Refused } from './answers.js';

const { db, filled } = probes();

async function updated(documents: Document[], statement: Document) {
  const collection = await filled(documents);
  const reply = await db().command({ update: collection.collectionName, updates: [statement] });
  if (reply.writeErrors) throw Object.assign(new Error(), (reply.writeErrors as Document[])[0]);
  return { reply, collection };
}

/** A filter, an update, and the document that the upsert makes of them, without its `_id` unless that is given. */
type Row = [filter: Document, update: Document, made: Document | Refused];

describe('an upsert', () => {
  rows<Row>(
    [
      [{ a: 1 }, { $set: { b: 2 } }, { a: 1, b: 2 }],
      [{ z: 1, a: 2 }, { $set: { m: 3 } }, { z: 1, a: 2, m: 3 }],
      [{ a: { $eq: 1 }, b: { $gt: 5 } }, { $set: { c: 1 } }, { a: 1, c: 1 }],
      [{ $and: [{ a: 1 }, { b: { $eq: 2 } }] }, { $inc: { c: 1 } }, { a: 1, b: 2, c: 1 }],
      [{ $or: [{ a: 1 }] }, { $set: { c: 1 } }, { a: 1, c: 1 }],
      [{ $or: [{ a: 1 }, { b: 1 }] }, { $set: { c: 1 } }, { c: 1 }],
      [{ a: { $in: [1] } }, { $set: { c: 1 } }, { a: 1, c: 1 }],
      [{ a: { $in: [1, 2] } }, { $set: { c: 1 } }, { c: 1 }],
      [{ a: { $all: [1] } }, { $set: { c: 1 } }, { a: 1, c: 1 }],
      [{ 'a.b': 1, 'a.c': 2 }, { $set: { 'a.d': 3 } }, { a: { b: 1, c: 2, d: 3 } }],
      [{ a: { b: 1 } }, { $set: { 'a.d': 3 } }, { a: { b: 1, d: 3 } }],
      [{ 'a.0': 1 }, { $set: { c: 1 } }, { a: { 0: 1 }, c: 1 }],
      [{ a: null }, { $set: { c: 1 } }, { a: null, c: 1 }],
      [{ a: [1] }, { $push: { a: 2 } }, { a: [1, 2] }],
      [{ a: /x/ }, { $set: { c: 1 } }, { c: 1 }],
      [{ a: 1 }, { $inc: { a: 1 } }, { a: 2 }],
      [{ a: 1 }, { $setOnInsert: { b: 1 }, $set: { c: 1 } }, { a: 1, b: 1, c: 1 }],
      [{ a: 1 }, { $unset: { a: 1 } }, {}],
      [{ a: 1 }, { b: 2 }, { b: 2 }],
      [{ _id: 5, a: 1 }, { b: 2 }, { _id: 5, b: 2 }],
      [{ _id: 5 }, { _id: 5, b: 2 }, { _id: 5, b: 2 }],
      [{ a: 1 }, { _id: 5, b: 2 }, { _id: 5, b: 2 }],
      [{ a: 1, _id: 5 }, { $set: { b: 2 } }, { _id: 5, a: 1, b: 2 }],
      [{ a: 1 }, { $set: { _id: 5 } }, { _id: 5, a: 1 }],
      [{ a: 1 }, { $setOnInsert: { _id: 5 } }, { _id: 5, a: 1 }],
      [{ a: 1 }, [{ $set: { b: { $add: ['$a', 1] } } }], { a: 1, b: 2 }],
      [{ _id: 5 }, { $set: { _id: 6 } }, refused(66)],
      [{ _id: 5 }, { _id: 6 }, refused(66)],
      [{ a: 1, $and: [{ a: 1 }] }, { $set: { c: 1 } }, refused(54)],
      [{ a: 1, 'a.b': 1 }, { $set: { c: 1 } }, refused(54)],
      [{ 'a.b': 1, a: 1 }, { $set: { c: 1 } }, refused(54)],
      [{ a: 1 }, { $set: { 'a.b': 1 } }, refused(28)],
      [{ a: 1 }, { $set: { 'b.$': 1 } }, refused(2)],
      [{ $expr: { $eq: ['$a', 1] } }, { $set: { c: 1 } }, { c: 1 }],
    ],
    async (filter, update, made) => {
      const run = async () => {
        const { collection } = await updated([], { q: filter, u: update, upsert: true });
        const document = await collection.findOne({}, RAW);
        if (document && !('_id' in made)) delete (document as Document)._id;
        return document;
      };
      await expectAnswer(run(), made);
    },
  );
});

/** An update of documents { a: 1 }, { a: 1 }, { a: 2 }, and what it answers: how many were found, changed, made. */
type Counted = [statement: Document, counts: [n: number, nModified: number, upserted: number] | Refused];

describe('the counts of an update', () => {
  rows<Counted>(
    [
      [{ q: { a: 1 }, u: { $set: { a: 5 } } }, [1, 1, 0]],
      [{ q: { a: 1 }, u: { $set: { a: 5 } }, multi: true }, [2, 2, 0]],
      [{ q: { a: 1 }, u: { $set: { a: 1 } }, multi: true }, [2, 0, 0]],
      [{ q: { a: 1 }, u: { $set: { a: new Double(1) } }, multi: true }, [2, 2, 0]],
      [{ q: { a: 1 }, u: { $inc: { a: 0 } }, multi: true }, [2, 0, 0]],
      [{ q: { a: 1 }, u: { $inc: { a: new Double(0) } }, multi: true }, [2, 2, 0]],
      [{ q: { a: 1 }, u: { $max: { a: 0 } }, multi: true }, [2, 0, 0]],
      [{ q: { a: 1 }, u: { $unset: { b: 1 } } }, [1, 0, 0]],
      [{ q: { a: 1 }, u: { $setOnInsert: { b: 1 } } }, [1, 0, 0]],
      [{ q: { a: 1 }, u: { $pull: { b: 1 } } }, [1, 0, 0]],
      [{ q: { a: 1 }, u: { a: 1 } }, [1, 0, 0]],
      [{ q: { a: 1 }, u: { $currentDate: { b: true } } }, [1, 1, 0]],
      [{ q: { a: 9 }, u: { $set: { b: 1 } } }, [0, 0, 0]],
      [{ q: { a: 9 }, u: { $set: { b: 1 } }, upsert: true }, [1, 0, 1]],
      [{ q: { a: 9 }, u: { $set: { b: 1 } }, upsert: true, multi: true }, [1, 0, 1]],
      [{ q: { a: 1 }, u: [{ $set: { a: '$a' } }], multi: true }, [2, 0, 0]],
      [{ q: {}, u: { $set: { b: 1 } }, multi: true, collation: { locale: 'simple' } }, [3, 3, 0]],
      [{ q: { $nope: 1 }, u: { $set: { b: 1 } } }, refused(2)],
    ],
    async (statement, counts) => {
      const run = async () => {
        const { reply } = await updated([{ a: 1 }, { a: 1 }, { a: 2 }], statement);
        return [reply.n, reply.nModified, ((reply.upserted as unknown[] | undefined) ?? []).length];
      };
      await expectAnswer(run(), counts);
    },
  );
});
