import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serialize, type Document } from 'bson';
import { expectAnswer, probes, refused } from './answers.js';
import { RawConnection } from './raw-command.js';

const { db, filled } = probes();
let raw: RawConnection;
beforeAll(() => {
  raw = new RawConnection(process.env.PARLEY_TEST_MONGODB_URI!);
});
afterAll(() => raw.close());

const int32 = (n: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(n);
  return bytes;
};
const int64 = (n: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(n);
  return bytes;
};
const element = (type: number, name: string | Buffer, value: Buffer) =>
  Buffer.concat([Buffer.from([type]), Buffer.from(name), Buffer.from([0]), value]);
const documentOf = (...elements: Buffer[]) => {
  const inner = Buffer.concat(elements);
  return Buffer.concat([int32(inner.length + 5), inner, Buffer.from([0])]);
};
const text = (bytes: Buffer) => Buffer.concat([int32(bytes.length + 1), bytes, Buffer.from([0])]);
const one = element(0x10, '_id', int32(1));

/** An insert of one document that no driver would send. */
async function inserted(document: Buffer): Promise<{ answer: Document; stored: Buffer | null; name: string }> {
  const name = (await filled([])).collectionName;
  const body = documentOf(
    serialize({ insert: name, $db: db().databaseName }).subarray(4, -1) as Buffer,
    element(0x04, 'documents', documentOf(element(0x03, '0', document))),
  );
  const answer = await raw.sendBytes(body);
  const stored = (await db().collection(name).findOne({}, { raw: true })) as Buffer | null;
  return { answer, stored, name };
}

describe('bytes that are kept as they came', () => {
  const scope = documentOf(element(0x01, 'x', Buffer.alloc(8)), element(0x12, 'y', int64(1n)));
  const code = Buffer.concat([text(Buffer.from('f()')), scope]);
  const kept: [string, Buffer][] = [
    ['the last date of MongoDB', documentOf(one, element(0x09, 'd', int64(2n ** 63n - 1n)))],
    ['its first date', documentOf(one, element(0x09, 'd', int64(-(2n ** 63n))))],
    ['a date just beyond JavaScript', documentOf(one, element(0x09, 'd', int64(8_640_000_000_000_001n)))],
    ["JavaScript's last date", documentOf(one, element(0x09, 'd', int64(8_640_000_000_000_000n)))],
    ['code with a scope', documentOf(one, element(0x0f, 'c', Buffer.concat([int32(code.length + 4), code])))],
    ['code', documentOf(one, element(0x0d, 'c', text(Buffer.from('f()'))))],
    ['the character for unknown ones', documentOf(one, element(0x02, 's', text(Buffer.from('a\ufffdb'))))],
    ['an empty name', documentOf(one, element(0x10, '', int32(5)))],
    ['names with dollars and dots', documentOf(one, element(0x10, '$x', int32(5)), element(0x10, 'a.b', int32(6)))],
    ['the old binary type', documentOf(one, element(0x05, 'b', Buffer.concat([int32(6), Buffer.from([2]), int32(2), Buffer.from([7, 8])])))], // prettier-ignore
  ];
  it.each(kept)('%s', async (_what, document) => {
    const { answer, stored, name } = await inserted(document);
    expect(answer).toMatchObject({ n: 1, ok: 1 });
    expect(Buffer.from(stored!).toString('hex')).toBe(document.toString('hex'));
    await db()
      .collection(name)
      .updateOne({}, { $set: { zz: 1 } });
    await db()
      .collection(name)
      .updateOne({}, { $unset: { zz: 1 } });
    const again = (await db().collection(name).findOne({}, { raw: true })) as unknown as Buffer;
    expect(Buffer.from(again).toString('hex')).toBe(document.toString('hex'));
  });
});

describe('bytes that would not come back as they came', () => {
  const x = element(0x10, 'x', int32(1));
  const refusedOnes: [string, number, Buffer][] = [
    ['a string that is no UTF-8', 115, documentOf(one, element(0x02, 's', text(Buffer.from([0x61, 0xff]))))],
    ['a name that is no UTF-8', 115, documentOf(one, element(0x10, Buffer.from([0xff]), int32(1)))],
    ['a surrogate as UTF-8', 115, documentOf(one, element(0x02, 's', text(Buffer.from([0xed, 0xa0, 0x80]))))],
    ['a field that is there twice', 115, documentOf(one, x, x)],
    ['one that is there twice further down', 115, documentOf(one, element(0x03, 'a', documentOf(x, x)))],
    ['undefined', 115, documentOf(one, element(0x06, 'u', Buffer.alloc(0)))],
    ['a symbol', 115, documentOf(one, element(0x0e, 's', text(Buffer.from('a'))))],
    ['a pointer', 115, documentOf(one, element(0x0c, 'p', Buffer.concat([text(Buffer.from('a')), Buffer.alloc(12)])))],
    ['an array without numbers', 115, documentOf(one, element(0x04, 'a', documentOf(x)))],
    ['a boolean of 2', 22, documentOf(one, element(0x08, 'b', Buffer.from([2])))],
    ['a type that is none', 22, documentOf(one, element(0x55, 'b', Buffer.from([2])))],
  ];
  it.each(refusedOnes)('%s is refused', async (_what, code, document) => {
    const { answer, stored } = await inserted(document);
    expect(answer).toMatchObject({ ok: 0, code });
    expect(stored).toBeNull();
  });
});

describe('dates beyond the range of JavaScript', () => {
  it('are found and sorted by their exact value, and nothing is computed from them', async () => {
    const { name } = await inserted(documentOf(one, element(0x09, 'd', int64(2n ** 62n))));
    const insert = documentOf(
      serialize({ insert: name, $db: db().databaseName }).subarray(4, -1) as Buffer,
      element(0x04, 'documents', documentOf(element(0x03, '0', documentOf(element(0x10, '_id', int32(2)), element(0x09, 'd', int64(2n ** 62n + 1n)))))), // prettier-ignore
    );
    expect(await raw.sendBytes(insert)).toMatchObject({ n: 1 });
    const collection = db().collection<{ _id: number }>(name);
    const ids = async (direction: 1 | -1) =>
      (
        await collection
          .find({}, { projection: { _id: 1 } })
          .sort({ d: direction })
          .toArray()
      ).map(({ _id }) => _id);
    expect([await ids(1), await ids(-1)]).toEqual([[1, 2], [2, 1]]); // prettier-ignore
    await collection.createIndex({ d: 1 }, { unique: true });
    expect([await ids(1), await ids(-1)]).toEqual([[1, 2], [2, 1]]); // prettier-ignore
    expect(await collection.countDocuments({ d: { $gt: new Date() } })).toBe(2);
    await expect(collection.aggregate([{ $project: { y: { $year: '$d' } } }]).toArray()).rejects.toMatchObject({
      code: 115,
    });
  });
});

describe('limits', () => {
  /** A document of so many levels, the outermost among them. */
  const deep = (levels: number): Document => {
    let document: Document = { x: 1 };
    for (let level = 1; level < levels; level++) document = { a: document };
    return document;
  };

  it('stores 180 levels and no more', async () => {
    const collection = await filled([deep(180)]);
    expect(await collection.countDocuments()).toBe(1);
    await expectAnswer(collection.insertOne({ _id: 1, ...deep(181) }), refused(15));
    await expectAnswer(collection.replaceOne({ _id: 0 }, deep(181)), refused(15));
    await expectAnswer(collection.updateOne({ _id: 0 }, { $set: { b: deep(180) } }), refused(15));
    expect(await collection.countDocuments({ b: { $exists: true } })).toBe(0);
  });

  it('answers a message of more than 200 levels and goes on with the connection', async () => {
    await expectAnswer((await filled([])).insertOne({ _id: 1, ...deep(250) }), refused(15));
    expect(await db().command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  it('refuses documents that would be larger than 16 MB', async () => {
    const collection = await filled([{ a: 'x'.repeat(9_000_000) }]);
    await expectAnswer(collection.updateOne({}, { $set: { b: 'x'.repeat(9_000_000) } }), refused(10334, 17419, 17420));
    expect(await collection.countDocuments({ b: { $exists: true } })).toBe(0);
    const body = serialize({ insert: collection.collectionName, documents: [{ _id: 2, a: 'x'.repeat(16_800_000) }], $db: db().databaseName }); // prettier-ignore
    expect(await raw.sendBytes(body)).toMatchObject({ writeErrors: [{ code: 10334 }] });
  });

  it('takes 100,000 values of $in and 10,000 branches of $or', async () => {
    const collection = await filled([{ a: 1 }, { a: 99_999 }, { a: -1 }]);
    expect(await collection.countDocuments({ a: { $in: Array.from({ length: 100_000 }, (_, i) => i) } })).toBe(2);
    expect(await collection.countDocuments({ $or: Array.from({ length: 10_000 }, (_, i) => ({ a: i })) })).toBe(1);
  });
});
