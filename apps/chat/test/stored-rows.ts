import { mongo } from 'mongoose';
import type { LogRow } from '../src/streams/log-row.schema.js';
import { seqOf } from '../src/streams/row-key.js';

interface SentRows {
  rows: LogRow[];
  /** The rows whose place was taken; undefined while the database has not done it. */
  refused: number[] | undefined;
  isAnswered: boolean;
  answer(refused: number[]): void;
  fail(error: Error): void;
}

const hex = ({ buffer }: mongo.Binary) => Buffer.from(buffer).toString('hex');

/** The collection of log rows with a network before it: what is sent is done and answered when a test says so, or never. */
export class StoredRows {
  readonly rows = new Map<string, LogRow>();
  readonly sent: SentRows[] = [];
  /** A broken database, for tests of tests: a row of text does not collide with a seal, and goes behind it. */
  isBlindToSeals = false;

  /** In the order of their keys. */
  get inOrder(): LogRow[] {
    return [...this.rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
  }

  /** Does something that was sent, row by row; an answer is still to come. */
  do(sent: SentRows): void {
    sent.refused = sent.rows.flatMap((row, index) => (this.put(row) ? [] : [index]));
    if (sent.isAnswered) this.forget(sent);
  }

  /** Answers, or breaks the connection: then it may have been done, or be done later. */
  answer(sent: SentRows, isLost: boolean): void {
    sent.isAnswered = true;
    if (isLost) sent.fail(new mongo.MongoNetworkError('connection lost'));
    else sent.answer(sent.refused!);
    if (sent.refused) this.forget(sent);
  }

  /** As one process sees it; nothing reaches a process that was killed. */
  seenBy(process: { isKilled: boolean }) {
    const alive = <Result>(result: Result): Promise<Result> =>
      process.isKilled ? new Promise(() => undefined) : Promise.resolve(result);
    const between = ({ _id }: { _id: mongo.Binary | { $gte: mongo.Binary; $lte: mongo.Binary } }) => {
      const [from, to] = '$gte' in _id ? [hex(_id.$gte), hex(_id.$lte)] : [hex(_id), hex(_id)];
      return this.inOrder.filter((row) => hex(row._id) >= from && hex(row._id) <= to);
    };
    const collection = {
      insertMany: async (rows: LogRow[]) => {
        await alive(undefined);
        const refused = await new Promise<number[]>((answer, fail) =>
          this.sent.push({ rows, refused: undefined, isAnswered: false, answer, fail }),
        );
        await alive(undefined);
        if (refused.length > 0) throw duplicates(refused);
      },
      findOne: (filter: Parameters<typeof between>[0]) => alive(between(filter)[0] ?? null),
      find: async function* (filter: Parameters<typeof between>[0]) {
        yield* await alive(between(filter));
      },
    };
    return { collection } as never;
  }

  private put(row: LogRow): boolean {
    const key = hex(row._id);
    const there = this.rows.get(key);
    if (!there) return !!this.rows.set(key, row);
    if (!this.isBlindToSeals || !there.sealed) return false;
    const behind = Buffer.from(row._id.buffer);
    behind.writeUInt32BE(seqOf(row._id) + 1, 22);
    const _id = new mongo.Binary(behind);
    return !!this.rows.set(hex(_id), { ...row, _id });
  }

  private forget(sent: SentRows): void {
    this.sent.splice(this.sent.indexOf(sent), 1);
  }
}

function duplicates(refused: readonly number[]): mongo.MongoBulkWriteError {
  const writeErrors = refused.map((index) => ({ code: 11_000, index }));
  const result = { getWriteConcernError: () => undefined };
  return new mongo.MongoBulkWriteError(
    { message: 'duplicate key', code: 11_000, writeErrors } as never,
    result as never,
  );
}
