import { describe } from '@jest/globals';
import { type Document } from 'mongodb';
import { expectAnswer, probes, RAW, refused, rows, type Refused } from './answers.js';

const { filled } = probes();

const DOCUMENT = {
  _id: 1,
  z: 1,
  a: { b: 1, c: 2 },
  l: [{ x: 1, y: 2 }, 5, { y: 3 }, [{ x: 4, y: 5 }]],
  n: [1, 2, 3, 4],
  e: [],
};
const { _id, z, a, l, n, e } = DOCUMENT;

/** A projection and what it leaves of the document above. */
type Row = [projection: Document, left: Document | Refused];

const FIND_AND_STAGE: Row[] = [
  [{ z: 1 }, { _id, z }],
  [
    { n: 1, z: 1 },
    { _id, z, n },
  ],
  [{ z: true, _id: 0 }, { z }],
  [{ _id: 1 }, { _id }],
  [{ _id: 0 }, { z, a, l, n, e }],
  [{ z: 0 }, { _id, a, l, n, e }],
  [
    { z: 0, _id: 1 },
    { _id, a, l, n, e },
  ],
  [{ 'a.b': 1 }, { _id, a: { b: 1 } }],
  [{ a: { c: 1 } }, { _id, a: { c: 2 } }],
  [{ 'a.b': 0 }, { _id, z, a: { c: 2 }, l, n, e }],
  [{ 'a.nope': 1 }, { _id, a: {} }],
  [{ 'z.nope': 1 }, { _id }],
  [{ 'l.x': 1 }, { _id, l: [{ x: 1 }, {}, [{ x: 4 }]] }],
  [
    { 'l.x': 0, z: 0, n: 0, e: 0, a: 0 },
    { _id, l: [{ y: 2 }, 5, { y: 3 }, [{ y: 5 }]] },
  ],
  [{ 'e.x': 1 }, { _id, e: [] }],
  [{ nope: 1 }, { _id }],
  [{ z: 2.5 }, { _id, z }],
  [{ q: '$z' }, { _id, q: 1 }],
  [
    { q: 'text', z: 1 },
    { _id, z: 1, q: 'text' },
  ],
  [{ q: { $literal: 0 }, _id: 0 }, { q: 0 }],
  [
    { 'a.q': '$z', 'a.b': 1 },
    { _id, a: { b: 1, q: 1 } },
  ],
  [{ 'z.q': '$a.b' }, { _id, z: { q: 1 } }],
  [{ 'l.q': '$z' }, { _id, l: [{ q: 1 }, { q: 1 }, [{ q: 1 }]] }],
  [{ q: ['$z', '$nope'] }, { _id, q: [1, null] }],
  [{ q: '$nope' }, { _id }],
  [{ q: '$l.y' }, { _id, q: [2, 3, [5]] }],
  [
    { z: '$a', a: '$z' },
    { _id, z: a, a: z },
  ],
  [{ z: 1, n: 0 }, refused(31254)],
  [{ z: 0, n: 1 }, refused(31253)],
  [{ z: 0, q: { $add: [1, 1] } }, refused(31252)],
  [{ z: 0, q: '$n' }, refused(31252, 31310)],
  [{ a: 1, 'a.b': 1 }, refused(31249)],
  [{ 'a.b': 1, a: 1 }, refused(31250)],
  [{ a: {} }, refused(51270)],
  [{ 'a.': 1 }, refused(40353)],
  [{ 'a..b': 1 }, refused(15998)],
  [{ '': 1 }, refused(40352)],
  [{ $z: 1 }, refused(16410)],
  [{ q: { $nope: 1 } }, refused(31325, 168)],
];

const FIND: Row[] = [
  [{ n: { $slice: 2 } }, { _id, z, a, l, n: [1, 2], e }],
  [
    { n: { $slice: -1 }, _id: 0 },
    { z, a, l, n: [4], e },
  ],
  [
    { n: { $slice: [1, 2] }, z: 1 },
    { _id, z, n: [2, 3] },
  ],
  [
    { n: { $slice: [-3, 2] }, _id: 1 },
    { _id, n: [2, 3] },
  ],
  [
    { n: { $slice: [9, 2] }, z: 1 },
    { _id, z, n: [] },
  ],
  [
    { z: { $slice: 1 }, n: 1 },
    { _id, z, n },
  ],
  [{ n: { $slice: [1, 0] } }, refused(28724)],
  [{ n: { $slice: ['$n', 1] } }, { _id, n: [1] }],
  [{ l: { $elemMatch: { y: 3 } } }, { _id, l: [{ y: 3 }] }],
  [{ n: { $elemMatch: { $gt: 2 } } }, { _id, n: [3] }],
  [{ n: { $elemMatch: { $gt: 9 } } }, { _id }],
  [{ a: { $elemMatch: { b: 1 } } }, { _id }],
  [
    { a: { $elemMatch: { b: 1 } }, e: 1, z: 1 },
    { _id, z, e },
  ],
  [
    { l: { $elemMatch: { y: 3 } }, n: 1 },
    { _id, n, l: [{ y: 3 }] },
  ],
  [{ l: { $elemMatch: { y: 3 } }, _id: 0 }, { l: [{ y: 3 }] }],
  [{ 'l.x': { $elemMatch: { y: 3 } } }, refused(31275)],
  [{ l: { $elemMatch: 5 } }, refused(31274)],
  [{}, DOCUMENT],
];

const STAGE: Row[] = [
  [{ n: { $slice: ['$n', 1, 2] } }, { _id, n: [2, 3] }],
  [
    { z: '$$REMOVE', n: 1 },
    { _id, n },
  ],
  [{ q: { r: '$z', s: '$nope' } }, { _id, q: { r: 1 } }],
  [{}, refused(51272)],
  [{ 'l.$': 1 }, refused(31324)],
];

describe('a projection of find', () => {
  rows<Row>([...FIND_AND_STAGE, ...FIND], async (projection, left) => {
    const collection = await filled([DOCUMENT]);
    await expectAnswer(collection.findOne({}, { projection, ...RAW }), left);
  });
});

describe('a projection stage', () => {
  rows<Row>([...FIND_AND_STAGE, ...STAGE], async (projection, left) => {
    const collection = await filled([DOCUMENT]);
    const found = collection.aggregate([{ $project: projection }], RAW).toArray();
    await expectAnswer(
      found.then((list) => list[0]),
      left,
    );
  });
});
