import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Long, UUID, type Document, type MongoClient } from 'mongodb';
import type { EmbeddedMongo } from '../src/index.js';
import { FreshServers } from './fresh-server.js';
import { RawConnection } from './raw-command.js';
import { StandingClock } from './standing-clock.js';

const DOCUMENTS = 1500;
/** Takes long for each document, and is 0 for all of them. */
const SLOW = {
  $sum: { $map: { input: { $range: [0, 120] }, in: { $multiply: ['$$this', { $subtract: ['$n', '$n'] }] } } },
};
const ALL = { $expr: { $eq: [SLOW, 0] } };
const NONE = { $expr: { $eq: [SLOW, 1] } };

const servers = new FreshServers();
const clock = new StandingClock();
let server: EmbeddedMongo;
let client: MongoClient;
let reader: RawConnection;
let other: RawConnection;

beforeAll(async () => {
  ({ server, client } = await servers.start({ clock }));
  const documents = Array.from({ length: DOCUMENTS }, (_, n) => ({ n, ten: n % 10, list: [n, -n] }));
  await client.db('d').collection('c').insertMany(documents);
});
afterAll(() => servers.cleanUp());
beforeEach(() => {
  [reader, other] = [new RawConnection(server.uri), new RawConnection(server.uri)];
  servers.later(() => reader.close());
  servers.later(() => other.close());
});

/** Two answers to somebody else: before the second one the read is under way. */
async function pings(connection: RawConnection): Promise<void> {
  for (let i = 0; i < 2; i++) expect(await connection.send({ ping: 1, $db: 'd' })).toMatchObject({ ok: 1 });
}

/** Sends a command and does something else that has to be done before its answer comes. */
async function during<T>(command: Document, work: () => Promise<T>): Promise<{ answer: Document; done: T }> {
  let answered = false;
  const answer = reader.send({ ...command, $db: 'd' }).finally(() => (answered = true));
  const done = await work();
  expect(answered).toBe(false);
  return { answer: await answer, done };
}

const aggregate = (...pipeline: Document[]) => ({ aggregate: 'c', pipeline, cursor: {} });

describe('a long read', () => {
  it.each<[string, Document]>([
    ['that finds nothing', { find: 'c', filter: NONE }],
    ['that sorts', { find: 'c', filter: ALL, sort: { ten: -1, n: 1 } }],
    ['that counts', { count: 'c', query: ALL }],
    ['that collects values', { distinct: 'c', key: 'ten', query: ALL }],
    ['that groups', aggregate({ $addFields: { slow: SLOW } }, { $group: { _id: '$ten', n: { $sum: '$n' } } })],
    ['that sorts what it made', aggregate({ $addFields: { slow: SLOW } }, { $sort: { ten: 1 } }, { $skip: 5 })],
    ['that unwinds and counts', aggregate({ $unwind: '$list' }, { $match: ALL }, { $count: 'n' })],
    [
      'that joins',
      aggregate(
        { $limit: 1 },
        { $lookup: { from: 'c', pipeline: [{ $match: NONE }], as: 'found' } },
        { $facet: { all: [{ $sort: { n: 1 } }] } },
      ),
    ],
    ['that writes what it finds', aggregate({ $match: ALL }, { $out: 'copy' })],
  ])('%s lets others go first', async (_name, command) => {
    const { answer } = await during(command, () => pings(other));
    expect(answer).toMatchObject({ ok: 1 });
  });

  it('gives the answers that it would give in one go', async () => {
    const collection = client.db('d').collection('c');
    const sum = (DOCUMENTS * (DOCUMENTS - 1)) / 2;
    const pipeline = [{ $match: ALL }, { $sort: { ten: 1, n: -1 } }, { $skip: 1 }, { $limit: DOCUMENTS }];
    const rows = await collection.aggregate<{ n: number; ten: number }>(pipeline).toArray();
    const expected = Array.from({ length: DOCUMENTS }, (_, n) => n).sort((a, b) => (a % 10) - (b % 10) || b - a);
    expect(rows.map(({ n }) => n)).toEqual(expected.slice(1));
    expect(await collection.countDocuments(ALL)).toBe(DOCUMENTS);
    expect(await collection.aggregate([{ $match: ALL }, { $group: { _id: null, sum: { $sum: '$n' } } }]).toArray()).toEqual([{ _id: null, sum }]); // prettier-ignore
    expect(await collection.distinct('ten', ALL)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(await collection.find(ALL).sort({ n: -1 }).skip(10).limit(2).project({ _id: 0, n: 1 }).toArray()).toEqual([{ n: DOCUMENTS - 11 }, { n: DOCUMENTS - 12 }]); // prettier-ignore
  });

  it('in a transaction keeps to its snapshot', async () => {
    const transaction = { lsid: { id: new UUID().toBinary() }, txnNumber: Long.fromNumber(1), autocommit: false };
    const last = { q: { n: DOCUMENTS - 1 }, u: { $set: { changed: true } } };
    const changed = aggregate({ $match: { ...ALL, changed: true } }, { $count: 'n' });
    const answer = reader.send({ ...changed, ...transaction, startTransaction: true, $db: 'd' });
    await pings(other);
    const done = await other.send({ update: 'c', updates: [last], $db: 'd' });
    expect(done).toMatchObject({ nModified: 1 });
    expect(await answer).toMatchObject({ cursor: { firstBatch: [] } });
    await reader.send({ commitTransaction: 1, ...transaction, $db: 'admin' });
  });

  it.each<[string, Document]>([
    ['find', { find: 'c', filter: NONE }],
    ['aggregate', aggregate({ $match: NONE }, { $sort: { n: 1 } })],
    ['count', { count: 'c', query: NONE }],
    ['distinct', { distinct: 'c', key: 'n', query: NONE }],
  ])('by %s ends when its time is up', async (_name, command) => {
    const { answer } = await during({ ...command, maxTimeMS: 1000 }, async () => {
      await pings(other);
      clock.advance(1001);
    });
    expect(answer).toMatchObject({ ok: 0, code: 50, codeName: 'MaxTimeMSExpired' });
  });

  it('ends when its collection is dropped', async () => {
    const copy = { aggregate: 'c', pipeline: [{ $out: 'dropped' }], cursor: {}, $db: 'd' };
    expect(await other.send(copy)).toMatchObject({ ok: 1 });
    const answer = reader.send({ find: 'dropped', filter: NONE, $db: 'd' });
    await pings(other);
    await other.send({ drop: 'dropped', $db: 'd' });
    expect(await answer).toMatchObject({ ok: 0, code: 175, codeName: 'QueryPlanKilled' });
  });

  it('ends when its client goes, and its transaction with it', async () => {
    const transaction = { lsid: { id: new UUID().toBinary() }, txnNumber: Long.fromNumber(1), autocommit: false };
    const update = { update: 'c', updates: [{ q: { n: 0 }, u: { $set: { claimed: true } } }], $db: 'd' };
    await reader.send({ ...update, ...transaction, startTransaction: true });
    void reader.send({ find: 'c', filter: NONE, ...transaction, $db: 'd' });
    await pings(other);
    await reader.close();
    expect(await other.send(update)).toMatchObject({ nModified: 1 });
  });
});

describe('a cursor in the middle of a long read', () => {
  const start = async () => {
    const { cursor } = await reader.send({ find: 'c', filter: NONE, batchSize: 0, $db: 'd' });
    return Long.fromBigInt((cursor as { id: bigint }).id);
  };

  it('is refused to a second reader', async () => {
    const getMore = { getMore: await start(), collection: 'c', $db: 'd' };
    const { answer, done } = await during(getMore, async () => {
      await pings(other);
      return other.send(getMore);
    });
    expect(done).toMatchObject({ ok: 0, code: 12051, codeName: 'CursorInUse' });
    expect(answer).toMatchObject({ ok: 1, cursor: { nextBatch: [] } });
  });

  it('can be killed', async () => {
    const id = await start();
    const { answer } = await during({ getMore: id, collection: 'c' }, async () => {
      await pings(other);
      return other.send({ killCursors: 'c', cursors: [id], $db: 'd' });
    });
    expect(answer).toMatchObject({ ok: 0, code: 237, codeName: 'CursorKilled' });
  });
});

describe('a write of very many documents', () => {
  it('lets others go first', async () => {
    const documents = Array.from({ length: 10_000 }, (_, n) => ({ n }));
    const { answer } = await during({ insert: 'many', documents }, () => pings(other));
    expect(answer).toMatchObject({ ok: 1, n: 10_000 });
  });
});
