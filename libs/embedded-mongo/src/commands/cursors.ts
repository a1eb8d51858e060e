import { encode, RawDoc, type Encodable } from '../bson/encode.js';
import { isDoc, isNumeric, type Doc, type Maybe } from '../bson/value.js';
import type { Clock } from '../clock.js';
import { MongoError, typeMismatch } from '../errors/mongo-error.js';
import type { Transaction } from '../transactions/transaction.js';
import type { Reply } from './command.js';

const FIRST_BATCH = 101;
const MAX_BATCH_BYTES = 16 * 1024 * 1024;
const IDLE_MS = 10 * 60_000;

interface Cursor {
  id: bigint;
  namespace: string;
  rows: Iterator<RawDoc>;
  /** Read ahead, because a batch must say whether anything follows it. */
  next?: RawDoc | undefined;
  transaction?: Transaction | undefined;
  lastUsed: number;
}

/** The results that clients have not read to their end yet. */
export class Cursors {
  private readonly open = new Map<bigint, Cursor>();
  private nextId = 1n;

  constructor(private readonly clock: Clock) {
    clock.every(60_000, () => this.expire());
  }

  private expire(): void {
    const limit = this.clock.now() - IDLE_MS;
    for (const cursor of this.open.values()) if (cursor.lastUsed < limit) this.close(cursor);
  }

  start(
    namespace: string,
    rows: Iterable<RawDoc>,
    batchSize: number | undefined,
    single: boolean,
    transaction?: Transaction,
  ): Reply {
    const cursor: Cursor = {
      id: 0n,
      namespace,
      rows: rows[Symbol.iterator](),
      transaction,
      lastUsed: this.clock.now(),
    };
    const batch = take(cursor, batchSize ?? FIRST_BATCH);
    const more = !single && hasMore(cursor, batchSize ?? FIRST_BATCH);
    if (more) {
      // Ids are beyond 2^53 in MongoDB; these grow from a random start so that nobody relies on them.
      cursor.id = (BigInt(Math.floor(Math.random() * 2 ** 31)) << 31n) + this.nextId++;
      this.open.set(cursor.id, cursor);
    } else cursor.rows.return?.();
    return answer(cursor.id, namespace, 'firstBatch', batch);
  }

  more(id: Maybe, namespace: string, batchSize: number, transaction?: Transaction): Reply {
    if (typeof id !== 'bigint')
      throw typeMismatch("BSON field 'getMore.getMore' is the wrong type, expected type 'long'");
    const cursor = this.open.get(id);
    if (!cursor) throw new MongoError('CursorNotFound', `cursor id ${id} not found`);
    if (cursor.namespace !== namespace)
      throw new MongoError(
        'Unauthorized',
        `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`,
      );
    if (cursor.transaction && cursor.transaction !== transaction)
      throw new MongoError(50740, `Cannot run getMore on cursor ${id}, which was created in a transaction, without it`);
    cursor.lastUsed = this.clock.now();
    const batch = take(cursor, batchSize === 0 ? Infinity : batchSize);
    if (hasMore(cursor, 1)) return answer(id, namespace, 'nextBatch', batch);
    this.close(cursor);
    return answer(0n, namespace, 'nextBatch', batch);
  }

  kill(ids: Maybe): Reply {
    const killed: bigint[] = [];
    const unknown: bigint[] = [];
    for (const id of Array.isArray(ids) ? ids : []) {
      if (typeof id !== 'bigint') continue;
      const cursor = this.open.get(id);
      if (cursor) this.close(cursor);
      (cursor ? killed : unknown).push(id);
    }
    return new Map<string, Encodable>([
      ['cursorsKilled', killed],
      ['cursorsNotFound', unknown],
      ['cursorsAlive', []],
      ['cursorsUnknown', []],
    ]);
  }

  private close(cursor: Cursor): void {
    this.open.delete(cursor.id);
    cursor.rows.return?.();
  }
}

function pull(cursor: Cursor): RawDoc | undefined {
  if (cursor.transaction && cursor.transaction.state !== 'open')
    throw new MongoError('NoSuchTransaction', 'the transaction of this cursor has ended');
  const { next } = cursor;
  cursor.next = undefined;
  if (next) return next;
  const step = cursor.rows.next();
  return step.done ? undefined : step.value;
}

/** Up to so many documents, and no more than a message may hold. */
function take(cursor: Cursor, count: number): RawDoc[] {
  const batch: RawDoc[] = [];
  let bytes = 0;
  while (batch.length < count) {
    const row = pull(cursor);
    if (!row) break;
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
function hasMore(cursor: Cursor, batchSize: number): boolean {
  if (batchSize === 0) return true;
  cursor.next ??= pull(cursor);
  return cursor.next !== undefined;
}

function answer(id: bigint, namespace: string, field: string, batch: RawDoc[]): Reply {
  return new Map([
    [
      'cursor',
      new Map<string, Encodable>([
        [field, batch],
        ['id', id],
        ['ns', namespace],
      ]),
    ],
  ]);
}

export function* encodedRows(documents: Iterable<Doc>): Iterable<RawDoc> {
  for (const document of documents) yield new RawDoc(encode(document));
}

/** The batch size of `cursor: { batchSize }`. */
export function cursorBatchSize(body: Doc): number | undefined {
  const cursor = body.get('cursor');
  const size = isDoc(cursor) ? cursor.get('batchSize') : undefined;
  return isNumeric(size) ? Number(size) : undefined;
}
