import { encode, RawDoc, type Encodable } from '../bson/encode.js';
import { isDoc, isNumeric, type Doc, type Maybe } from '../bson/value.js';
import { MongoError, typeMismatch } from '../errors/mongo-error.js';
import type { Clock } from '../clock.js';
import { isPause, PAUSE } from '../pace.js';
import type { Session } from '../transactions/sessions.js';
import type { Client, CommandContext, Reply } from './command.js';
import { hasMore, take, type Cursor } from './cursor.js';

const FIRST_BATCH = 101;
const IDLE_MS = 10 * 60_000;
/** Clients that leave their cursors open cost no more memory than this many: the one that rested longest makes room. */
const MAX_OPEN = 1000;

export interface CursorOptions {
  batchSize?: number | undefined;
  /** There is nothing after the first batch. */
  single?: boolean;
  /** It lives as long as its session, however long it rests. */
  noTimeout?: boolean;
}

/** The results that clients have not read to their end yet, the one that was used last at the end. */
export class Cursors {
  private readonly open = new Map<bigint, Cursor>();
  private nextId = 1n;

  constructor(private readonly clock: Clock) {
    clock.every(60_000, () => this.expire());
  }

  private expire(): void {
    const limit = this.clock.now() - IDLE_MS;
    this.closeWhere(({ state, noTimeout, lastUsed }) => state === 'resting' && !noTimeout && lastUsed < limit);
  }

  async start(
    context: CommandContext,
    namespace: string,
    rows: Iterable<RawDoc>,
    { batchSize = FIRST_BATCH, single = false, noTimeout = false }: CursorOptions,
  ): Promise<Reply> {
    const { session, transaction, connection, pace } = context;
    const cursor: Cursor = {
      id: 0n,
      namespace,
      rows: rows[Symbol.iterator](),
      pace,
      connection,
      session,
      transaction,
      noTimeout,
      lastUsed: 0,
      state: 'busy',
    };
    const batch = await take(cursor, batchSize);
    if (!single && (await hasMore(cursor, batchSize))) this.keep(cursor);
    else cursor.rows.return?.();
    return answer(cursor.id, namespace, 'firstBatch', batch);
  }

  private keep(cursor: Cursor): void {
    // Ids are beyond 2^53 in MongoDB; these grow from a random start so that nobody relies on them.
    cursor.id = (BigInt(Math.floor(Math.random() * 2 ** 31)) << 31n) + this.nextId++;
    if (this.open.size >= MAX_OPEN) this.closeOldest();
    void cursor.transaction?.ended.then(() => this.close(cursor));
    this.rest(cursor);
  }

  private rest(cursor: Cursor): void {
    cursor.pace.rest();
    cursor.state = 'resting';
    cursor.lastUsed = this.clock.now();
    this.open.delete(cursor.id);
    this.open.set(cursor.id, cursor);
  }

  private closeOldest(): void {
    for (const cursor of this.open.values()) if (cursor.state === 'resting') return this.close(cursor);
  }

  async more(context: CommandContext, id: Maybe, namespace: string, batchSize: number): Promise<Reply> {
    const cursor = this.find(context, id, namespace);
    cursor.state = 'busy';
    try {
      cursor.pace.continue(context.pace);
      const batch = await take(cursor, batchSize === 0 ? Infinity : batchSize);
      const more = await hasMore(cursor, 1);
      if (more) this.rest(cursor);
      else this.close(cursor);
      return answer(more ? cursor.id : 0n, namespace, 'nextBatch', batch);
    } catch (error) {
      this.close(cursor);
      throw error;
    }
  }

  private find({ transaction }: CommandContext, id: Maybe, namespace: string): Cursor {
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
    if (cursor.state === 'busy') throw new MongoError('CursorInUse', `cursor id ${id} is already in use`);
    return cursor;
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

  sessionEnded(session: Session): void {
    this.closeWhere((cursor) => cursor.session === session);
  }

  /** A driver reads on over another connection, but only within a session. */
  connectionClosed(connection: Client): void {
    this.closeWhere((cursor) => cursor.connection === connection && !cursor.session);
  }

  private closeWhere(applies: (cursor: Cursor) => boolean): void {
    for (const cursor of this.open.values()) if (applies(cursor)) this.close(cursor);
  }

  private close(cursor: Cursor): void {
    this.open.delete(cursor.id);
    cursor.state = 'closed';
    cursor.rows.return?.();
  }
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
  for (const document of documents) yield isPause(document) ? PAUSE : new RawDoc(encode(document));
}

/** What `cursor: { batchSize }` says. */
export function cursorOptions(body: Doc): CursorOptions {
  const cursor = body.get('cursor');
  const size = isDoc(cursor) ? cursor.get('batchSize') : undefined;
  return { batchSize: isNumeric(size) ? Number(size) : undefined };
}
