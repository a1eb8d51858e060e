import { open, type RootDatabase, type Transaction as LmdbTransaction, type TransactionFlags } from 'lmdb';
import { join } from 'node:path';
import { MongoError } from '../errors/mongo-error.js';
import { checkFile } from './file-check.js';
import { filePages } from './file-pages.js';
import type { Entry, Range, View } from './view.js';

/**
 * Begin a write transaction whose commit is written first and flushed then, so that the file keeps its last flushed state for
 * a power cut. LMDB flushes on this thread, before its commit returns.
 */
const COMMIT_WITHOUT_FLUSH = 0x10002;

/** Addresses and not memory; a file that outgrows them is mapped anew. Windows would make the file this large at once. */
const MAP_BYTES = 16 * 1024 ** 3;

/**
 * How many bytes of files may lie in this process's memory, its own program (about 45 MB) among them. Every page that was read
 * through the mapping stays in it, so above this the file is closed and opened again, which takes about two milliseconds.
 */
const MAX_FILE_PAGES = 160 * 1024 ** 2;
/** It is looked at after so many reads, and at every commit. */
const READS_BETWEEN_LOOKS = 64;

const FIRST_CHUNK = 16;
const LARGEST_CHUNK = 512;

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

/** The writes of one turn of the event loop: they are committed together. */
interface Group {
  commit(): void;
  abort(error: Error): void;
  readonly written: Waiter[];
  readonly durable: Waiter[];
}

/**
 * The keys and values on disk. All writes of a turn of the event loop share one LMDB transaction and its flush: that is the group
 * commit. What arrives during a flush waits in the sockets and is the next group. Reads see the open group, for they go through
 * its transaction.
 */
export class Storage implements View {
  private group: Group | undefined;
  private flushing = false;
  private waiting: Waiter[] = [];
  private closed = false;

  /** How often the file was mapped. */
  mappings = 0;
  private snapshots = 0;
  private reads = 0;
  private readonly filePages = filePages();
  private opened: RootDatabase<Buffer, Buffer> | undefined;

  private constructor(
    private readonly path: string,
    private readonly maxFilePages: number,
  ) {}

  static open(path: string, maxFilePages = MAX_FILE_PAGES): Storage {
    checkFile(join(path, 'data.mdb'));
    const storage = new Storage(path, maxFilePages);
    storage.opened = storage.map();
    return storage;
  }

  private map(): RootDatabase<Buffer, Buffer> {
    this.mappings++;
    return open<Buffer, Buffer>({
      path: this.path,
      encoding: 'binary',
      keyEncoding: 'binary',
      maxReaders: 1000,
      overlappingSync: true,
      // LMDB keeps the smaller mappings of a file that grew, and every page that was read through them.
      ...(process.platform !== 'win32' && { mapSize: MAP_BYTES }),
    });
  }

  private get db(): RootDatabase<Buffer, Buffer> {
    if (this.closed) throw new MongoError('InterruptedAtShutdown', 'The server is in shutdown');
    return (this.opened ??= this.map());
  }

  /** Gives the pages of the file back that were read, unless a snapshot or a write still needs the mapping. */
  private boundFilePages(): void {
    if (this.group || this.flushing || this.snapshots > 0 || this.filePages() <= this.maxFilePages) return;
    const old = this.opened;
    this.opened = undefined;
    void old?.close();
  }

  get(key: Buffer): Buffer | undefined {
    if (++this.reads % READS_BETWEEN_LOOKS === 0) this.boundFilePages();
    return this.db.get(key);
  }

  range(range: Range): Iterable<Entry> {
    return this.chunks(range);
  }

  /**
   * Read in pieces, each of them at once: no cursor of LMDB stays open while the caller works, so a reader that goes on after
   * somebody's commit sees the new state and disturbs nothing.
   */
  private *chunks({ start, end, reverse = false }: Range, transaction?: LmdbTransaction): Iterable<Entry> {
    let [from, to] = [start, end];
    let exclusiveStart = false;
    for (let limit = FIRST_CHUNK; ; limit = Math.min(limit * 4, LARGEST_CHUNK)) {
      if (transaction) this.commit();
      if (++this.reads % READS_BETWEEN_LOOKS === 0 || limit === LARGEST_CHUNK) this.boundFilePages();
      // Downwards LMDB takes the ends the other way round: the upper one must be left out, the lower one kept.
      const bounds = reverse
        ? { start: to, end: from, reverse, exclusiveStart: true, inclusiveEnd: true }
        : { start: from, end: to, exclusiveStart };
      const entries = this.db.getRange({ ...bounds, limit, ...(transaction && { transaction }) })
        .asArray as unknown as Entry[];
      yield* entries;
      if (entries.length < limit) return;
      const last = entries.at(-1)!.key;
      if (reverse) to = last;
      else [from, exclusiveStart] = [last, true];
    }
  }

  count(start: Buffer, end: Buffer): number {
    return this.db.getKeysCount({ start, end });
  }

  put(key: Buffer, value: Buffer): void {
    this.begin();
    this.guarded(() => void this.db.put(key, value));
  }

  remove(key: Buffer): void {
    this.begin();
    this.guarded(() => void this.db.remove(key));
  }

  /** A snapshot of everything written so far; `done` gives its pages back. */
  snapshot(): View & { done(): void } {
    this.commit();
    const transaction: LmdbTransaction = this.db.useReadTransaction();
    this.snapshots++;
    return {
      get: (key) => {
        // LMDB would read through an open write transaction instead of the snapshot, so there must be none.
        this.commit();
        return this.db.get(key, { transaction });
      },
      range: (range) => this.chunks(range, transaction),
      done: () => {
        this.snapshots--;
        transaction.done();
      },
    };
  }

  /** How often a group was lost. A command that wrote into several groups learns by it that one of them is gone. */
  losses = 0;

  /**
   * Resolves when everything written so far is committed, and with `durable` when it has been flushed to the disk. Rejects when
   * something was lost since there were so many losses.
   */
  acknowledged(durable: boolean, losses = this.losses): Promise<void> {
    return new Promise((resolve, reject) => {
      if (losses !== this.losses) return reject(new MongoError('InternalError', 'the disk refused the write'));
      if (!durable && !this.group) return resolve();
      if (this.group) (durable ? this.group.durable : this.group.written).push({ resolve, reject });
      else {
        this.waiting.push({ resolve, reject });
        this.flush();
      }
    });
  }

  private begin(): void {
    if (this.closed) throw new MongoError('InterruptedAtShutdown', 'The server is in shutdown');
    if (this.group) return;
    const group: { commit?: () => void; abort?: (error: Error) => void } = {};
    // What looks like a promise to LMDB keeps its transaction open until it is told to go on.
    const held = {
      then(commit: () => void, abort: (error: Error) => void) {
        group.commit = commit;
        group.abort = abort;
      },
    };
    this.db.transactionSync(() => held, COMMIT_WITHOUT_FLUSH as TransactionFlags);
    this.group = { commit: group.commit!, abort: group.abort!, written: [], durable: [] };
    setImmediate(() => this.commit());
  }

  /** Commits the open group, if there is one. */
  commit(): void {
    const { group } = this;
    if (!group) return;
    this.group = undefined;
    try {
      group.commit();
    } catch (error) {
      this.fail(group, error as Error);
      return;
    }
    // LMDB flushed it before its commit returned.
    this.boundFilePages();
    for (const waiter of group.written) waiter.resolve();
    this.waiting.push(...group.durable);
    if (this.waiting.length > 0) this.flush();
  }

  private guarded(write: () => void): void {
    try {
      write();
    } catch (error) {
      const { group } = this;
      this.group = undefined;
      if (group) this.fail(group, error as Error, true);
      throw outOfSpace(error as Error);
    }
  }

  private fail(group: Group, error: Error, abort = false): void {
    if (abort) {
      try {
        group.abort(error);
      } catch {
        // LMDB hands the reason of the abort on; every waiter gets it below.
      }
    }
    for (const waiter of [...group.written, ...group.durable]) waiter.reject(outOfSpace(error));
    this.losses++;
    this.onFailure();
  }

  /** Told when a group was lost: whatever is kept in memory beside the storage must then be read anew. */
  onFailure: () => void = () => undefined;

  private flush(): void {
    if (this.flushing || this.waiting.length === 0) return;
    this.flushing = true;
    const waiters = this.waiting;
    this.waiting = [];
    this.sync((error) => {
      this.flushing = false;
      for (const waiter of waiters) {
        if (error) waiter.reject(outOfSpace(error));
        else waiter.resolve();
      }
      this.flush();
    });
  }

  /** LMDB's own flush: of the data and then of the page that names the newest state. */
  private sync(done: (error?: Error) => void): void {
    (this.db as unknown as { sync(callback: (error?: Error) => void): void }).sync(done);
  }

  async close(): Promise<void> {
    this.commit();
    await this.acknowledged(true);
    const { db } = this;
    this.closed = true;
    await db.close();
  }
}

const outOfSpace = (error: Error) =>
  error instanceof MongoError
    ? error
    : new MongoError(/space|MAP_FULL/i.test(error.message) ? 'OutOfDiskSpace' : 'InternalError', error.message);
