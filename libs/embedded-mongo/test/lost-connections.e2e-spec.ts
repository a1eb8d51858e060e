import { afterEach, describe, expect, it } from '@jest/globals';
import { Long, UUID, type Document, type MongoClient } from 'mongodb';
import { FreshServers } from './fresh-server.js';
import { RawConnection } from './raw-command.js';
import { StandingClock } from './standing-clock.js';

const servers = new FreshServers();
afterEach(() => servers.cleanUp());

const GONE = { ok: 0, code: 251, codeName: 'NoSuchTransaction', errorLabels: ['TransientTransactionError'] };
const increment = { update: 'c', updates: [{ q: { _id: 1 }, u: { $inc: { n: 1 } } }], $db: 'd' };

interface Scene {
  clock: StandingClock;
  client: MongoClient;
  /** Has a transaction that wrote the document. */
  first: RawConnection;
  second: RawConnection;
  /** Sends a command as a part of that transaction. */
  within: (connection: RawConnection, command: Document) => Promise<Document>;
  commit: (connection: RawConnection) => Promise<Document>;
}

async function openTransaction(): Promise<Scene> {
  const clock = new StandingClock();
  const { server, client } = await servers.start({ clock });
  await client.db('d').collection<{ _id: number }>('c').insertMany([{ _id: 1, n: 0 }, { _id: 2 }, { _id: 3 }] as { _id: number }[]); // prettier-ignore
  const [first, second] = [new RawConnection(server.uri), new RawConnection(server.uri)];
  servers.later(() => first.close());
  servers.later(() => second.close());
  const transaction = { lsid: { id: new UUID().toBinary() }, txnNumber: Long.fromNumber(1), autocommit: false };
  const within = (connection: RawConnection, command: Document) => connection.send({ ...command, ...transaction });
  expect(await within(first, { ...increment, startTransaction: true })).toMatchObject({ ok: 1, nModified: 1 });
  const commit = (connection: RawConnection) => within(connection, { commitTransaction: 1, $db: 'admin' });
  return { clock, client, first, second, within, commit };
}

/** Closes the first connection and waits until the server knows: a cursor without a session goes with it. */
async function lose({ first, second }: Scene): Promise<void> {
  const { cursor } = await first.send({ find: 'c', batchSize: 1, $db: 'd' });
  await first.close();
  const getMore = { getMore: Long.fromBigInt((cursor as { id: bigint }).id), collection: 'c', batchSize: 1, $db: 'd' };
  while ((await second.send({ ...getMore, batchSize: 0 })).code !== 43) await second.send({ ping: 1, $db: 'd' });
}

const stored = async ({ client }: Scene) => (await client.db('d').collection<Document>('c').findOne({ n: { $exists: true } }))?.n as number; // prettier-ignore

describe('a transaction whose connection is lost', () => {
  it('can be committed over another one within five seconds, and that once', async () => {
    const scene = await openTransaction();
    await lose(scene);
    scene.clock.advance(4_999);
    const answer = await scene.commit(scene.second);
    expect(answer).toMatchObject({ ok: 1 });
    expect(await scene.commit(scene.second)).toEqual(answer);
    scene.clock.advance(5_000);
    expect(await scene.commit(scene.second)).toEqual(answer);
    expect(await stored(scene)).toBe(1);
  });

  it('answers a commit that was done, but whose answer was lost, as the first time', async () => {
    const scene = await openTransaction();
    const answer = await scene.commit(scene.first);
    await lose(scene);
    scene.clock.advance(60_000);
    expect(await scene.commit(scene.second)).toEqual(answer);
    expect(await stored(scene)).toBe(1);
  });

  it('goes on when it is taken up over another one', async () => {
    const scene = await openTransaction();
    await lose(scene);
    expect(await scene.within(scene.second, increment)).toMatchObject({ nModified: 1 });
    scene.clock.advance(5_000);
    expect(await scene.commit(scene.second)).toMatchObject({ ok: 1 });
    expect(await stored(scene)).toBe(2);
  });

  it('is aborted after five seconds, and who waits for its document goes on', async () => {
    const scene = await openTransaction();
    await lose(scene);
    const waiting = scene.client.db('d').command(increment);
    await scene.second.send({ ping: 1, $db: 'd' });
    expect(await stored(scene)).toBe(0);
    scene.clock.advance(5_000);
    expect(await waiting).toMatchObject({ nModified: 1 });
    expect(await scene.commit(scene.second)).toMatchObject(GONE);
    expect(await stored(scene)).toBe(1);
  });
});

describe('a transaction that is older than a minute', () => {
  it('is over for its statements and its commit, and its document is free', async () => {
    const scene = await openTransaction();
    scene.clock.advance(59_999);
    expect(await scene.within(scene.first, increment)).toMatchObject({ nModified: 1 });
    scene.clock.advance(1);
    expect(await scene.within(scene.first, increment)).toMatchObject(GONE);
    expect(await scene.commit(scene.first)).toMatchObject(GONE);
    expect(await scene.second.send(increment)).toMatchObject({ nModified: 1 });
    expect(await stored(scene)).toBe(1);
  });
});
