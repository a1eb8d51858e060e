import type { RawDoc } from '../bson/encode.js';
import { MongoError } from '../errors/mongo-error.js';
import { isPause, type Pace } from '../pace.js';
import type { Session } from '../transactions/sessions.js';
import type { Transaction } from '../transactions/transaction.js';
import type { Client } from './command.js';

const MAX_BATCH_BYTES = 16 * 1024 * 1024;

/** The results of one read, as far as they have not been asked for. */
export interface Cursor {
  id: bigint;
  namespace: string;
  rows: Iterator<RawDoc>;
  pace: Pace;
  /** Read ahead, because a batch must say whether anything follows it. */
  next?: RawDoc | undefined;
  connection: Client;
  session?: Session | undefined;
  transaction?: Transaction | undefined;
  noTimeout: boolean;
  lastUsed: number;
  state: 'resting' | 'busy' | 'closed';
}

/** The next row or a pause, and nothing at the end. */
function pull(cursor: Cursor): RawDoc | undefined {
  if (cursor.transaction && cursor.transaction.state !== 'open')
    throw new MongoError('NoSuchTransaction', 'the transaction of this cursor has ended');
  const { next } = cursor;
  cursor.next = undefined;
  if (next) return next;
  const step = cursor.rows.next();
  return step.done ? undefined : step.value;
}

async function giveWay(cursor: Cursor): Promise<void> {
  await cursor.pace.giveWay();
  if (cursor.state === 'closed') throw new MongoError('CursorKilled', `cursor id ${cursor.id} was killed`);
}

/** Up to so many documents, and no more than a message may hold. */
export async function take(cursor: Cursor, count: number): Promise<RawDoc[]> {
  const batch: RawDoc[] = [];
  let bytes = 0;
  while (batch.length < count) {
    const row = pull(cursor);
    if (!row) break;
    if (isPause(row)) {
      await giveWay(cursor);
      continue;
    }
    bytes += row.bytes.length + 8;
    if (batch.length > 0 && bytes > MAX_BATCH_BYTES) {
      cursor.next = row;
      break;
    }
    batch.push(row);
  }
  return batch;
}

/** A batch of size zero asks for nothing yet, so nothing is looked up for it either. */
export async function hasMore(cursor: Cursor, batchSize: number): Promise<boolean> {
  if (batchSize === 0) return true;
  for (;;) {
    cursor.next ??= pull(cursor);
    if (!isPause(cursor.next)) return cursor.next !== undefined;
    cursor.next = undefined;
    await giveWay(cursor);
  }
}
