import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { join } from 'node:path';
import { Long, MongoClient, UUID, type Collection } from 'mongodb';
import { uriOf } from '../src/address.js';
import { startTtlJob } from '../src/jobs/ttl.js';
import { silentLog } from '../src/log.js';
import { Server } from '../src/server.js';
import { FreshServers } from './fresh-server.js';
import { StandingClock } from './standing-clock.js';

const MINUTE = 60_000;
const directories = new FreshServers();
let clock: StandingClock;
let server: Server;
let client: MongoClient;
let errors: string[];

beforeEach(async () => {
  clock = new StandingClock();
  errors = [];
  const log = { ...silentLog, error: (message: string) => errors.push(message) };
  server = new Server({ path: join(directories.directory(), 'data'), clock, log });
  startTtlJob(server);
  client = await MongoClient.connect(uriOf(await server.listen({ host: '127.0.0.1', port: 0 })));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await client.close();
  await server.stop();
  await directories.cleanUp();
});

const full = () => {
  throw new Error('No space left on device');
};

/** A collection of documents that are over, with an index that removes them. */
async function expired(name: string, count: number): Promise<Collection<{ _id: number; at: Date }>> {
  const collection = client.db('d').collection<{ _id: number; at: Date }>(name);
  await collection.createIndex({ at: 1 }, { expireAfterSeconds: 0 });
  await collection.insertMany(Array.from({ length: count }, (_, i) => ({ _id: i, at: new Date(0) })));
  return collection;
}

describe('a round that removes expired documents', () => {
  it('and finds the disk full is logged, and the next one removes them', async () => {
    const collection = await expired('c', 3);
    const apply = jest.spyOn(server.engine, 'apply').mockImplementation(full);
    clock.advance(MINUTE);
    expect(errors).toEqual(['expired documents of d.c could not be removed: No space left on device']);
    apply.mockRestore();
    expect(await collection.countDocuments()).toBe(3);
    clock.advance(MINUTE);
    expect(await collection.countDocuments()).toBe(0);
    expect(errors).toHaveLength(1);
  });

  it('and cannot remove one document removes the others, and that one in the next round', async () => {
    const collection = await expired('c', 3);
    jest.spyOn(server.engine, 'apply').mockImplementationOnce(full);
    clock.advance(MINUTE);
    expect((await collection.find().toArray()).map(({ _id }) => _id)).toEqual([0]);
    expect(errors).toHaveLength(1);
    clock.advance(MINUTE);
    expect(await collection.countDocuments()).toBe(0);
  });

  it('and cannot look into one collection goes on with the next', async () => {
    const [broken, other] = [await expired('a', 1), await expired('b', 1)];
    const { indexes } = server.catalog.find('d', 'a')!;
    jest.spyOn(indexes[1]!.key, 'keys').mockImplementationOnce(() => ['at.$'].values()); // prettier-ignore
    clock.advance(MINUTE);
    expect(await other.countDocuments()).toBe(0);
    clock.advance(MINUTE);
    expect(await broken.countDocuments()).toBe(0);
  });
});

describe('an alarm that fails', () => {
  it('is logged, and the database goes on', async () => {
    const lsid = { id: new UUID().toBinary() };
    const insert = { insert: 'c', documents: [{ _id: 1 }], lsid, txnNumber: Long.fromNumber(1) };
    await client.db('d').command(insert);
    const forget = jest.spyOn(server.sessions.statements, 'forget').mockImplementation(full);
    clock.advance(31 * MINUTE);
    expect(errors[0]).toMatch(/an alarm failed: .*No space left on device/);
    forget.mockRestore();
    expect(await client.db('d').command({ ping: 1 })).toMatchObject({ ok: 1 });
  });
});
