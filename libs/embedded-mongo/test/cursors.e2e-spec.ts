import { afterEach, describe, expect, it } from '@jest/globals';
import { Long, UUID, type Document, type MongoClient } from 'mongodb';
import { FreshServers } from './fresh-server.js';
import { RawConnection } from './raw-command.js';
import { StandingClock } from './standing-clock.js';

const servers = new FreshServers();
afterEach(() => servers.cleanUp());

const MINUTE = 60_000;
const NOT_FOUND = { ok: 0, code: 43, codeName: 'CursorNotFound' };
const lsid = () => ({ id: new UUID().toBinary() });

async function filled(): Promise<{ clock: StandingClock; client: MongoClient; open: () => RawConnection }> {
  const clock = new StandingClock();
  const { server, client } = await servers.start({ clock });
  await client.db('d').collection('c').insertMany(Array.from({ length: 10 }, (_, n) => ({ n }))); // prettier-ignore
  const open = () => {
    const connection = new RawConnection(server.uri);
    servers.later(() => connection.close());
    return connection;
  };
  return { clock, client, open };
}

/** Opens a cursor with eight documents left; answers its id. */
async function startFind(connection: RawConnection, fields: Document = {}): Promise<bigint> {
  const { cursor } = await connection.send({ find: 'c', batchSize: 2, ...fields, $db: 'd' });
  return (cursor as { id: bigint }).id;
}

const more = (connection: RawConnection, id: bigint, fields: Document = {}) =>
  connection.send({ getMore: Long.fromBigInt(id), collection: 'c', batchSize: 2, ...fields, $db: 'd' });

describe('a cursor that rests', () => {
  it('for ten minutes is closed, and one that is used is not', async () => {
    const { clock, open } = await filled();
    const connection = open();
    const [idle, used] = [await startFind(connection), await startFind(connection)];
    for (let minute = 0; minute < 11; minute++) {
      clock.advance(MINUTE);
      if (minute % 5 === 4) expect(await more(connection, used)).toMatchObject({ ok: 1 });
    }
    expect(await more(connection, idle)).toMatchObject(NOT_FOUND);
    expect(await more(connection, used)).toMatchObject({ ok: 1 });
  });

  it('without a timeout lives on until its session is over', async () => {
    const { clock, open } = await filled();
    const connection = open();
    const session = lsid();
    const id = await startFind(connection, { noCursorTimeout: true, lsid: session });
    for (let minute = 0; minute < 29; minute++) clock.advance(MINUTE);
    expect(await more(connection, id, { lsid: session })).toMatchObject({ ok: 1 });
    for (let minute = 0; minute < 32; minute++) clock.advance(MINUTE);
    expect(await more(connection, id)).toMatchObject(NOT_FOUND);
  });
});

describe('killCursors', () => {
  it('closes those that are open and names the others', async () => {
    const { open } = await filled();
    const connection = open();
    const [killed, kept] = [await startFind(connection), await startFind(connection)];
    const unknown = Long.fromNumber(4711);
    const answer = await connection.send({ killCursors: 'c', cursors: [Long.fromBigInt(killed), unknown], $db: 'd' });
    expect(answer).toMatchObject({ ok: 1, cursorsKilled: [killed], cursorsNotFound: [4711n] });
    expect(await more(connection, killed)).toMatchObject(NOT_FOUND);
    expect(await more(connection, kept)).toMatchObject({ ok: 1 });
  });
});

describe('a session', () => {
  it.each(['endSessions', 'killSessions'])('takes its cursors with it at %s, and no other', async (command) => {
    const { open } = await filled();
    const connection = open();
    const [mine, other] = [lsid(), lsid()];
    const id = await startFind(connection, { lsid: mine });
    const kept = await startFind(connection, { lsid: other });
    await connection.send({ [command]: [mine], $db: 'admin' });
    expect(await more(connection, id, { lsid: mine })).toMatchObject(NOT_FOUND);
    expect(await more(connection, kept, { lsid: other })).toMatchObject({ ok: 1 });
  });

  it('goes on reading over another connection when one is lost', async () => {
    const { open } = await filled();
    const [first, second] = [open(), open()];
    const session = lsid();
    const id = await startFind(first, { lsid: session });
    await first.close();
    expect(await more(second, id, { lsid: session })).toMatchObject({ ok: 1 });
  });
});

describe('a connection without a session', () => {
  it('takes its cursors with it', async () => {
    const { open } = await filled();
    const [first, second] = [open(), open()];
    const [lost, kept] = [await startFind(first), await startFind(second)];
    await first.close();
    // The server may learn of it a little later than the client.
    while ((await second.send({ killCursors: 'c', cursors: [], $db: 'd' })).ok === 1)
      if ((await more(second, lost)).code === 43) break;
    expect(await more(second, kept)).toMatchObject({ ok: 1 });
  });
});

describe('a transaction', () => {
  it('takes its cursors with it', async () => {
    const { open } = await filled();
    const connection = open();
    const transaction = { lsid: lsid(), txnNumber: Long.fromNumber(1), autocommit: false };
    const id = await startFind(connection, { ...transaction, startTransaction: true });
    expect(await more(connection, id, transaction)).toMatchObject({ ok: 1 });
    await connection.send({ abortTransaction: 1, ...transaction, $db: 'admin' });
    expect(await more(connection, id)).toMatchObject(NOT_FOUND);
  });
});

describe('clients that never read to the end', () => {
  it('have so many cursors at most: the one that rested longest makes room', async () => {
    const { open } = await filled();
    const connection = open();
    const ids: bigint[] = [];
    for (let i = 0; i < 1000; i++) ids.push(await startFind(connection));
    await more(connection, ids[0]!);
    await startFind(connection);
    expect(await more(connection, ids[1]!)).toMatchObject(NOT_FOUND);
    expect(await more(connection, ids[0]!)).toMatchObject({ ok: 1 });
    expect(await more(connection, ids[2]!)).toMatchObject({ ok: 1 });
  });
});
