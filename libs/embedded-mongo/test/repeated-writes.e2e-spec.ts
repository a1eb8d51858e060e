import { afterEach, describe, expect, it } from '@jest/globals';
import { Long, UUID, type Document } from 'mongodb';
import { FreshServers } from './fresh-server.js';
import { rawCommand } from './raw-command.js';

const servers = new FreshServers();
afterEach(() => servers.cleanUp());

const number = Long.fromNumber(7);
const first = { retriedStmtIds: [0] };

interface Repeated {
  command: Document;
  answer: Document;
  /** What the answer says in addition when the write comes again. */
  again: Document;
  after: Document[];
}

const BEFORE = [{ _id: 1, n: 1 }, { _id: 2, n: 2 }]; // prettier-ignore
const CASES: Record<string, Repeated> = {
  insert: {
    command: { insert: 'c', documents: [{ _id: 3 }, { _id: 4 }] },
    answer: { n: 2 },
    again: { retriedStmtIds: [0, 1] },
    after: [...BEFORE, { _id: 3 }, { _id: 4 }],
  },
  update: {
    command: { update: 'c', updates: [{ q: { _id: 1 }, u: { $inc: { n: 10 } } }] },
    answer: { n: 1, nModified: 1 },
    again: first,
    after: [{ _id: 1, n: 11 }, { _id: 2, n: 2 }], // prettier-ignore
  },
  'update that inserts': {
    command: { update: 'c', updates: [{ q: { _id: 3 }, u: { $inc: { n: 1 } }, upsert: true }] },
    answer: { n: 1, nModified: 0, upserted: [{ index: 0, _id: 3 }] },
    again: first,
    after: [...BEFORE, { _id: 3, n: 1 }],
  },
  delete: {
    command: { delete: 'c', deletes: [{ q: { n: { $gte: 1 } }, limit: 1 }] },
    answer: { n: 1 },
    again: first,
    after: [{ _id: 2, n: 2 }],
  },
  'findAndModify that updates': {
    command: { findAndModify: 'c', query: { _id: 1 }, update: { $inc: { n: 10 } }, new: true },
    answer: { value: { _id: 1, n: 11 }, lastErrorObject: { n: 1, updatedExisting: true } },
    again: { retriedStmtId: 0 },
    after: [{ _id: 1, n: 11 }, { _id: 2, n: 2 }], // prettier-ignore
  },
  'findAndModify that removes': {
    command: { findAndModify: 'c', query: {}, sort: { _id: 1 }, remove: true },
    answer: { value: { _id: 1, n: 1 }, lastErrorObject: { n: 1 } },
    again: { retriedStmtId: 0 },
    after: [{ _id: 2, n: 2 }],
  },
  bulkWrite: {
    command: {
      bulkWrite: 1,
      ops: [
        { insert: 0, document: { _id: 3 } },
        { update: 0, filter: { _id: 2 }, updateMods: { $inc: { n: 10 } } },
        { delete: 0, filter: { n: { $lt: 10 } } },
      ],
      nsInfo: [{ ns: 'd.c' }],
      $db: 'admin',
    },
    answer: { nErrors: 0, nInserted: 1, nMatched: 1, nModified: 1, nUpserted: 0, nDeleted: 1 },
    again: { retriedStmtIds: [0, 1, 2] },
    after: [{ _id: 2, n: 12 }, { _id: 3 }], // prettier-ignore
  },
};

/** A server with two documents that can be started again on the same directory. */
async function filled() {
  const dataDir = servers.directory();
  let { server, client } = await servers.start({ dataDir });
  await client.db('d').collection<{ _id: number }>('c').insertMany(BEFORE);
  return {
    send: (command: Document) =>
      rawCommand(server.uri, { ...command, $db: (command.$db as string | undefined) ?? 'd' }),
    documents: () => client.db('d').collection('c').find().sort({ _id: 1 }).toArray(),
    restart: async () => {
      await client.close();
      await server.stop();
      ({ server, client } = await servers.start({ dataDir }));
    },
  };
}

describe('a write that is sent again', () => {
  it.each(Object.entries(CASES))('%s: is answered as the first time, also after a restart', async (_name, repeated) => {
    const { send, documents, restart } = await filled();
    const command = { ...repeated.command, lsid: { id: new UUID().toBinary() }, txnNumber: number };
    const answer = await send(command);
    expect(answer).toMatchObject({ ...repeated.answer, ok: 1 });
    expect(Object.keys(answer)).not.toEqual(expect.arrayContaining(Object.keys(repeated.again)));
    expect(await send(command)).toEqual({ ...answer, ...repeated.again });
    await restart();
    expect(await send(command)).toEqual({ ...answer, ...repeated.again });
    expect(await documents()).toEqual(repeated.after);
    expect(await send({ ...command, txnNumber: Long.fromNumber(6) })).toMatchObject({ ok: 0, code: 225 });
    expect(await documents()).toEqual(repeated.after);
  });

  it('under a new number is another write', async () => {
    const { send, documents, restart } = await filled();
    const { command } = CASES.update!;
    const lsid = { id: new UUID().toBinary() };
    await send({ ...command, lsid, txnNumber: number });
    await restart();
    expect(await send({ ...command, lsid, txnNumber: Long.fromNumber(8) })).not.toMatchObject(first);
    expect(await documents()).toEqual([{ _id: 1, n: 21 }, { _id: 2, n: 2 }]); // prettier-ignore
  });
});

describe('commitTransaction that is sent again', () => {
  const transaction = () => ({ lsid: { id: new UUID().toBinary() }, txnNumber: number, autocommit: false });

  it('is answered as the first time, also after a restart', async () => {
    const { send, documents, restart } = await filled();
    const own = transaction();
    await send({ ...CASES.update!.command, ...own, startTransaction: true });
    const commit = { commitTransaction: 1, ...own, $db: 'admin' };
    const answer = await send(commit);
    expect(answer).toMatchObject({ ok: 1 });
    expect(await send(commit)).toEqual(answer);
    await restart();
    expect(await send(commit)).toEqual(answer);
    expect(await documents()).toEqual(CASES.update!.after);
  });

  it('is refused when the transaction was not committed before the restart', async () => {
    const { send, documents, restart } = await filled();
    const own = transaction();
    await send({ ...CASES.update!.command, ...own, startTransaction: true });
    await restart();
    expect(await send({ commitTransaction: 1, ...own, $db: 'admin' })).toMatchObject({
      ok: 0,
      code: 251,
      errorLabels: ['TransientTransactionError'],
    });
    expect(await documents()).toEqual(BEFORE);
  });
});
