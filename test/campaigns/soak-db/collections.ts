import type { Document } from 'bson';
import type { WireClient } from '../database/wire-client.js';
import { ACCOUNTS, OPENING_BALANCE } from './book.js';

export const DB = 'soak';
export const MAJORITY = { w: 'majority' };

/** An index that is created and dropped while writers are at work. */
export const COMING_AND_GOING = { name: 'rev', key: { rev: 1 } };

const NOTE_INDEXES = [
  { name: 'key', key: { key: 1, rev: -1 } },
  { name: 'tags', key: { tags: 1 } },
  { name: 'number', key: { number: 1 }, unique: true, sparse: true },
  { name: 'open', key: { rank: 1 }, partialFilterExpression: { open: true } },
];
const ENTRY_INDEXES = [
  { name: 'from', key: { from: 1, amount: -1 } },
  { name: 'number', key: { number: 1 }, unique: true },
  { name: 'sides', key: { sides: 1 } },
];
export const COLLECTIONS = ['accounts', 'entries', 'receipts', 'notes'];

/** An empty database with its collections, indexes and opening balances. */
export async function setUp(client: WireClient): Promise<void> {
  const run = (command: Document) => client.run({ ...command, $db: DB });
  await run({ dropDatabase: 1, writeConcern: MAJORITY });
  for (const name of COLLECTIONS) await run({ create: name });
  await run({ createIndexes: 'notes', indexes: NOTE_INDEXES, writeConcern: MAJORITY });
  await run({ createIndexes: 'entries', indexes: ENTRY_INDEXES, writeConcern: MAJORITY });
  const documents = Array.from({ length: ACCOUNTS }, (_, _id) => ({ _id, balance: OPENING_BALANCE }));
  await run({ insert: 'accounts', documents, writeConcern: MAJORITY });
}

export async function readAll(client: WireClient, name: string, query: Document = {}): Promise<Document[]> {
  const { cursor } = await client.run({ find: name, batchSize: 100_000, ...query, $db: DB });
  const { firstBatch, id } = cursor as { firstBatch: Document[]; id: bigint | number };
  if (Number(id) !== 0) throw new Error(`${name} does not fit into one answer`);
  return firstBatch;
}
