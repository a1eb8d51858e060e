import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { join } from 'node:path';
import { Long, MongoClient, UUID, type Document } from 'mongodb';
import { uriOf } from '../src/address.js';
import { silentLog } from '../src/log.js';
import { Server } from '../src/server.js';
import { DataFile } from '../src/storage/data-file.js';
import { FreshServers } from './fresh-server.js';
import { RawConnection } from './raw-command.js';
import { StandingClock } from './standing-clock.js';

const directories = new FreshServers();
let server: Server;
let client: MongoClient;
let raw: RawConnection;

beforeEach(async () => {
  const path = join(directories.directory(), 'data');
  server = new Server({ path, clock: new StandingClock(), log: silentLog });
  const uri = uriOf(await server.listen({ host: '127.0.0.1', port: 0 }));
  client = await MongoClient.connect(uri);
  await client.db('d').collection<{ _id: number }>('c').insertOne({ _id: 1 });
  raw = new RawConnection(uri);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await raw.close();
  await client.close();
  await server.stop();
  await directories.cleanUp();
});

/** The disk refuses what is handed to it next. */
const refuseOnce = () =>
  jest.spyOn(DataFile.prototype, 'write').mockRejectedValueOnce(new Error('No space left on device'));

const REFUSED = { ok: 0, code: 14031, codeName: 'OutOfDiskSpace' };
const stored = () => client.db('d').collection('c').find().sort({ _id: 1 }).toArray();
const session = () => ({ lsid: { id: new UUID().toBinary() }, txnNumber: Long.fromNumber(1) });

describe('a write that the disk refuses', () => {
  it.each<[string, Document, Document[]]>([
    ['insert', { insert: 'c', documents: [{ _id: 2 }] }, [{ _id: 1 }, { _id: 2 }]],
    ['update', { update: 'c', updates: [{ q: { _id: 1 }, u: { $set: { n: 1 } } }] }, [{ _id: 1, n: 1 }]],
    ['delete', { delete: 'c', deletes: [{ q: { _id: 1 }, limit: 1 }] }, []],
  ])('%s: is not acknowledged, not seen and not remembered, and can be sent again', async (_name, command, after) => {
    const write = { ...command, ...session(), $db: 'd' };
    refuseOnce();
    expect(await raw.send(write)).toMatchObject(REFUSED);
    expect(await stored()).toEqual([{ _id: 1 }]);
    const answer = await raw.send(write);
    expect(answer).toMatchObject({ ok: 1, n: 1 });
    expect(answer).not.toHaveProperty('retriedStmtIds');
    expect(await stored()).toEqual(after);
  });

  it('takes with it what stands on it', async () => {
    refuseOnce();
    const writes = [2, 3].map((_id) => client.db('d').collection<{ _id: number }>('c').insertOne({ _id }));
    const outcomes = await Promise.allSettled(writes);
    const acknowledged = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [{ _id: i + 2 }] : []));
    expect(acknowledged.length).toBeLessThan(2);
    expect(await stored()).toEqual([{ _id: 1 }, ...acknowledged]);
  });

  it('as a commit ends its transaction', async () => {
    const transaction = { ...session(), autocommit: false };
    await raw.send({ insert: 'c', documents: [{ _id: 2 }], ...transaction, startTransaction: true, $db: 'd' });
    const commit = { commitTransaction: 1, ...transaction, $db: 'admin' };
    refuseOnce();
    expect(await raw.send(commit)).toMatchObject(REFUSED);
    expect(await raw.send(commit)).toMatchObject({ ok: 0, code: 251, codeName: 'NoSuchTransaction' });
    expect(await stored()).toEqual([{ _id: 1 }]);
    expect(await raw.send({ insert: 'c', documents: [{ _id: 2 }], $db: 'd' })).toMatchObject({ ok: 1, n: 1 });
  });

  it('that makes a collection leaves none', async () => {
    refuseOnce();
    expect(await raw.send({ insert: 'new', documents: [{ _id: 1 }], $db: 'd' })).toMatchObject(REFUSED);
    expect((await client.db('d').listCollections().toArray()).map(({ name }) => name)).toEqual(['c']);
    expect(await raw.send({ insert: 'new', documents: [{ _id: 1 }], $db: 'd' })).toMatchObject({ ok: 1, n: 1 });
  });
});
