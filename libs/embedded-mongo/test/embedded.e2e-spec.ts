import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Long, UUID } from 'mongodb';
import { startEmbeddedMongo } from '../src/index.js';
import { FreshServers } from './fresh-server.js';
import { rawCommand } from './raw-command.js';
import { StandingClock } from './standing-clock.js';

const servers = new FreshServers();
afterEach(() => servers.cleanUp());

const directory = () => servers.directory();
const start: FreshServers['start'] = (options) => servers.start(options);

describe('the data directory', () => {
  it('keeps documents, indexes and answers to retryable writes over a restart', async () => {
    const dataDir = directory();
    const lsid = { id: new UUID().toBinary() };
    const insert = { insert: 'c', documents: [{ _id: 1, a: [1, 2] }], lsid, txnNumber: Long.fromNumber(1), $db: 'd' };
    const first = await start({ dataDir });
    await first.client.db('d').collection('c').createIndex({ a: 1 }, { unique: true });
    await rawCommand(first.server.uri, insert);
    await first.client.close();
    await first.server.stop();
    const { client, server } = await start({ dataDir });
    const collection = client.db('d').collection('c');
    expect(await rawCommand(server.uri, insert)).toMatchObject({ n: 1, retriedStmtIds: [0] });
    expect(await collection.find({ a: 2 }).toArray()).toEqual([{ _id: 1, a: [1, 2] }]);
    await expect(collection.insertOne({ a: 2 })).rejects.toMatchObject({ code: 11000 });
    expect((await collection.indexes()).map(({ name }) => name)).toEqual(['_id_', 'a_1']);
  });

  it('cannot be opened twice', async () => {
    const dataDir = directory();
    await start({ dataDir });
    await expect(startEmbeddedMongo({ dataDir })).rejects.toThrow(/in use/);
  });
});

describe('the start', () => {
  it('is refused in production', async () => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    servers.later(() => void (process.env.NODE_ENV = before));
    await expect(startEmbeddedMongo({ dataDir: directory() })).rejects.toThrow(/NODE_ENV=production/);
  });

  it('is refused on a port that is taken', async () => {
    const { server } = await start();
    await expect(startEmbeddedMongo({ dataDir: directory(), port: server.port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});

describe('the replica set', () => {
  it('is called by the name it was initiated with, once and for all', async () => {
    const { client } = await start();
    const admin = client.db('admin');
    const initiate = { replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host: 'mongo:27017' }] } };
    await expect(admin.command({ replSetGetStatus: 1 })).rejects.toMatchObject({ code: 94 });
    await admin.command(initiate);
    expect(await admin.command({ replSetGetStatus: 1 })).toMatchObject({ set: 'rs0', myState: 1 });
    expect(await admin.command({ hello: 1 })).toMatchObject({
      setName: 'rs0',
      me: 'mongo:27017',
      hosts: ['mongo:27017'],
    });
    await expect(admin.command(initiate)).rejects.toMatchObject({ code: 23 });
  });
});

describe('the clock', () => {
  it('lets documents of a TTL index expire, and only those', async () => {
    const clock = new StandingClock();
    const { client } = await start({ clock });
    const collection = client.db('d').collection<{ _id: number; at: unknown }>('c');
    await collection.createIndex({ at: 1 }, { expireAfterSeconds: 100 });
    await collection.insertMany([{ _id: 1, at: new Date(clock.now()) }, { _id: 2, at: new Date(clock.now() + 90_000) }, { _id: 3, at: 'never' }, { _id: 4, at: null }]); // prettier-ignore
    clock.advance(61_000);
    expect(await collection.countDocuments()).toBe(4);
    clock.advance(61_000);
    expect((await collection.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id)).toEqual([2, 3, 4]);
  });

  it('ends a transaction after a minute and frees its documents', async () => {
    const clock = new StandingClock();
    const { client } = await start({ clock });
    const collection = client.db('d').collection<{ _id: number; n: number }>('c');
    await collection.insertOne({ _id: 1, n: 1 });
    await client.withSession(async (session) => {
      session.startTransaction();
      await collection.updateOne({ _id: 1 }, { $set: { n: 2 } }, { session });
      clock.advance(60_001);
      expect(await collection.findOneAndUpdate({ _id: 1 }, { $inc: { n: 10 } }, { returnDocument: 'after' })).toEqual({
        _id: 1,
        n: 11,
      });
      await expect(session.commitTransaction()).rejects.toMatchObject({ code: 251 });
    });
  });

  it('is what $$NOW says', async () => {
    const clock = new StandingClock();
    const { client } = await start({ clock });
    const [found] = await client
      .db('d')
      .aggregate([{ $documents: [{ now: '$$NOW' }] }])
      .toArray();
    expect(found).toEqual({ now: new Date(clock.now()) });
  });
});

describe('bytes that make no sense', () => {
  const header = (length: number, opCode: number) => {
    const bytes = Buffer.alloc(16);
    bytes.writeInt32LE(length, 0);
    bytes.writeInt32LE(opCode, 12);
    return bytes;
  };
  const hostile: [string, Buffer][] = [
    ['a negative length', header(-1, 2013)],
    ['a length beyond 48 MB', header(2_000_000_000, 2013)],
    ['an unknown operation', header(16, 4711)],
    ['a message without a body', Buffer.concat([header(21, 2013), Buffer.alloc(5)])],
    [
      'a document longer than its message',
      Buffer.concat([header(30, 2013), Buffer.alloc(4), Buffer.from([0, 255, 255, 0, 0, 1, 2, 3, 4, 5])]),
    ],
    ['random text', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ];

  it.each(hostile)('%s ends that connection and no other', async (_name, bytes) => {
    const { server, client } = await start();
    const socket = connect(server.port, server.host);
    socket.on('error', () => undefined);
    socket.end(bytes);
    await once(socket, 'close');
    expect(await client.db('d').command({ ping: 1 })).toMatchObject({ ok: 1 });
  });
});
