import type { Transaction as LmdbTransaction } from 'lmdb';
import { join } from 'node:path';
import { MongoError } from '../errors/mongo-error.js';
import { changeIn, changeOf, Changes, changesIn, merged, type Change } from './changes.js';
import { FIRST_CHUNK, nextChunk } from './chunk-size.js';
import { checkFile } from './file-check.js';
import { DataFile, type Database } from './data-file.js';
import { startOf, successorOf } from './keys.js';
import type { Entry, Range, View } from './view.js';

/** So many of the writes that go in pieces are one piece. */
const PIECE = 20_000;

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

/** What was written since the group before it was handed to LMDB: it becomes one transaction with one flush. */
class Group {
  /** Oldest first; a snapshot seals the newest one. */
  readonly layers: Changes[] = [];
  readonly waiters: Waiter[] = [];
  sealed = true;
}

/**
 * The keys and values on disk, and above them in memory what is on its way there. LMDB's own thread writes and flushes one group
 * of changes while the next one gathers: that is the group commit. Everybody reads through the memory, so a change is seen as
 * soon as it is made, and its writer is answered when it is flushed.
 */
export class Storage implements View {
  private gathering = new Group();
  private writing: Group | undefined;
  private scheduled = false;
  private snapshots = 0;
  private pieces = 0;
  private closed = false;

  private constructor(private readonly file: DataFile) {}

  static open(path: string, maxFilePages?: number): Storage {
    checkFile(join(path, 'data.mdb'));
    return new Storage(new DataFile(path, maxFilePages));
  }

  /** How often the file was mapped. */
  get mappings(): number {
    return this.file.mappings;
  }

  private get layers(): Changes[] {
    return this.writing ? [...this.writing.layers, ...this.gathering.layers] : this.gathering.layers;
  }

  get(key: Buffer): Buffer | undefined {
    return this.read(key, this.layers);
  }

  private read(key: Buffer, layers: readonly Changes[], transaction?: LmdbTransaction): Buffer | undefined {
    const change = changeIn(layers, key);
    if (change) return change.value ?? undefined;
    return this.database().get(key, transaction && { transaction });
  }

  range(range: Range): Iterable<Entry> {
    return this.chunks(range, () => this.layers);
  }

  /**
   * Read in pieces, each of them at once: no cursor of LMDB stays open while the caller works, so a reader that goes on after
   * somebody's commit sees the new state and disturbs nothing.
   */
  private *chunks(range: Range, layers: () => readonly Changes[], transaction?: LmdbTransaction): Iterable<Entry> {
    const { reverse = false } = range;
    let { start, end } = range;
    for (let limit = FIRST_CHUNK; ;) {
      // Downwards LMDB takes the ends the other way round: the upper one must be left out, the lower one kept.
      const bounds = reverse ? { start: end, end: start, exclusiveStart: true, inclusiveEnd: true } : { start, end };
      const options = { ...bounds, reverse, limit, ...(transaction && { transaction }) };
      const below = this.database(limit / FIRST_CHUNK).getRange(options).asArray as unknown as Entry[];
      const last = below.length < limit ? undefined : below.at(-1)!.key;
      const [from, to] = !last ? [start, end] : reverse ? [last, end] : [start, successorOf(last)];
      const changed = changesIn(layers(), { start: from, end: to, reverse });
      if (changed.length > 0) yield* merged(below, changed, reverse);
      else yield* below;
      if (!last) return;
      if (reverse) end = last;
      else start = to;
      limit = nextChunk(limit, below);
    }
  }

  /** Whose keys there are on the disk, from one owner on. */
  *identsFrom(first: number): Iterable<number> {
    for (let ident = first; ; ident++) {
      const [next] = this.database().getKeys({ start: startOf(ident), limit: 1 }).asArray as unknown as Buffer[];
      if (!next) return;
      yield (ident = next.readUInt32BE(0));
    }
  }

  count(start: Buffer, end: Buffer): number {
    const db = this.database();
    let count = db.getKeysCount({ start, end });
    for (const { key, value } of changesIn(this.layers, { start, end }))
      count += Number(value !== null) - Number(db.doesExist(key));
    return count;
  }

  put(key: Buffer, value: Buffer): void {
    this.change(changeOf(key, value));
  }

  remove(key: Buffer): void {
    this.change(changeOf(key, null));
  }

  /**
   * Writes that may be more than memory holds and that nobody needs as a whole: they go to the disk in pieces, at once, unless
   * something else is just on its way there.
   */
  putInPieces(key: Buffer, value: Buffer): void {
    this.put(key, value);
    if (++this.pieces % PIECE === 0 && !this.writing) this.writeNow();
  }

  change(change: Change): void {
    if (this.closed) throw new MongoError('InterruptedAtShutdown', 'The server is in shutdown');
    const { gathering } = this;
    if (gathering.sealed) {
      gathering.layers.push(new Changes());
      gathering.sealed = false;
      this.schedule();
    }
    gathering.layers.at(-1)!.set(change);
  }

  /** A snapshot of everything written so far; `done` gives its pages back. */
  snapshot(): View & { done(): void } {
    const transaction: LmdbTransaction = this.database().useReadTransaction();
    const layers = [...this.layers];
    this.gathering.sealed = true;
    this.snapshots++;
    return {
      get: (key) => this.read(key, layers, transaction),
      range: (range) => this.chunks(range, () => layers, transaction),
      done: () => {
        this.snapshots--;
        transaction.done();
      },
    };
  }

  /** How often writes were lost. A command that wrote into several groups learns by it that one of them is gone. */
  losses = 0;

  /**
   * Resolves when everything written so far has been flushed to the disk. Rejects when something was lost since there were so
   * many losses.
   */
  acknowledged(losses = this.losses): Promise<void> {
    return new Promise((resolve, reject) => {
      if (losses !== this.losses) return reject(new MongoError('InternalError', 'the disk refused the write'));
      const group = this.gathering.layers.length > 0 ? this.gathering : this.writing;
      if (group) group.waiters.push({ resolve, reject });
      else resolve();
    });
  }

  /** What other clients write in this turn of the event loop belongs to the same group. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.write();
    });
  }

  private write(): void {
    if (this.writing || this.closed || this.gathering.layers.length === 0) return;
    const group = this.gathering;
    this.writing = group;
    this.gathering = new Group();
    this.file.write(group.layers).then(
      () => this.written(group),
      (error: Error) => this.lost(group, error),
    );
  }

  private writeNow(): void {
    const group = this.gathering;
    this.gathering = new Group();
    try {
      this.file.writeNow(group.layers);
    } catch (error) {
      this.lost(group, error as Error);
      throw outOfSpace(error as Error);
    }
    for (const waiter of group.waiters) waiter.resolve();
  }

  private async written(group: Group): Promise<void> {
    this.writing = undefined;
    if (this.snapshots === 0) await this.file.boundPages();
    for (const waiter of group.waiters) waiter.resolve();
    this.schedule();
  }

  /** What was gathered meanwhile stands on what is lost now, so it goes as well. */
  private lost(group: Group, error: Error): void {
    const waiters = [...group.waiters, ...this.gathering.waiters];
    this.writing = undefined;
    this.gathering = new Group();
    this.losses++;
    this.onFailure();
    for (const waiter of waiters) waiter.reject(outOfSpace(error));
  }

  /** Told when writes were lost: whatever is kept in memory beside the storage must then be read anew. */
  onFailure: () => void = () => undefined;

  private database(reads = 1): Database {
    if (this.closed) throw new MongoError('InterruptedAtShutdown', 'The server is in shutdown');
    if (this.file.isDue(reads)) setImmediate(() => this.giveBack());
    return this.file.database;
  }

  /** At the beginning of a turn nobody reads, and nobody does before this is done. */
  private giveBack(): void {
    if (!this.writing && this.snapshots === 0 && !this.closed) void this.file.boundPages();
  }

  async close(): Promise<void> {
    await this.acknowledged();
    this.closed = true;
    await this.file.close();
  }
}

const outOfSpace = (error: Error) =>
  new MongoError(/space|MAP_FULL/i.test(error.message) ? 'OutOfDiskSpace' : 'InternalError', error.message);
