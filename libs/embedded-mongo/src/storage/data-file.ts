import { open, type RootDatabase, type TransactionFlags } from 'lmdb';
import type { Changes } from './changes.js';
import { filePages } from './file-pages.js';

export type Database = RootDatabase<Buffer, Buffer>;

/** Addresses and not memory; a file that outgrows them is mapped anew. Windows would make the file this large at once. */
const MAP_BYTES = 16 * 1024 ** 3;

/**
 * How many bytes of files may lie in this process's memory, its own program (about 45 MB) among them. Every page that was read
 * through the mapping stays in it, so above this the file is closed and opened again, which takes about two milliseconds.
 */
const MAX_FILE_PAGES = 160 * 1024 ** 2;
const READS_BETWEEN_LOOKS = 64;

/** A transaction whose commit is written first and flushed then, before it returns. */
const COMMIT_THEN_FLUSH = 0x10002;

/** The file of LMDB, mapped into memory. */
export class DataFile {
  /** How often it was mapped. */
  mappings = 0;
  private opened: Database | undefined;
  private reads = 0;
  private failed = false;
  private readonly filePages = filePages();

  constructor(
    private readonly path: string,
    private readonly maxFilePages = MAX_FILE_PAGES,
  ) {
    this.opened = this.map();
  }

  get database(): Database {
    return (this.opened ??= this.map());
  }

  private map(): Database {
    this.mappings++;
    return open<Buffer, Buffer>({
      path: this.path,
      encoding: 'binary',
      keyEncoding: 'binary',
      maxReaders: 1000,
      // Commits are written first and flushed then, and the file keeps its last flushed state for a power cut.
      overlappingSync: true,
      // Each batch is a transaction; otherwise LMDB would put one around it, and nobody would look after its failure.
      eventTurnBatching: false,
      // LMDB keeps the smaller mappings of a file that grew, and every page that was read through them.
      ...(process.platform !== 'win32' && { mapSize: MAP_BYTES }),
    });
  }

  /** Writes and flushes changes as one transaction, on a thread of LMDB. */
  async write(layers: readonly Changes[]): Promise<void> {
    const { database } = this;
    try {
      const written = database.batch(() => putAll(database, layers));
      await Promise.all([written, database.flushed]);
    } catch (error) {
      this.failed = true;
      const { commitError } = error as { commitError?: Promise<never> };
      throw commitError ? await commitError.catch((cause: Error) => cause) : error;
    }
  }

  /** The same on this thread. Nothing else may be on its way to the disk. */
  writeNow(layers: readonly Changes[]): void {
    const { database } = this;
    database.transactionSync(() => putAll(database, layers), COMMIT_THEN_FLUSH as TransactionFlags);
  }

  /** Counts reads; now and then it looks whether too much was read. */
  isDue(reads: number): boolean {
    const before = this.reads;
    this.reads += reads;
    return Math.floor(before / READS_BETWEEN_LOOKS) < Math.floor(this.reads / READS_BETWEEN_LOOKS) && this.isFull();
  }

  private isFull(): boolean {
    return this.filePages() > this.maxFilePages;
  }

  /** Gives back the pages that were read, when they are too many. Nobody may write or keep a snapshot. */
  async boundPages(): Promise<void> {
    if (this.isFull()) await this.close();
  }

  async close(): Promise<void> {
    const { opened, failed } = this;
    this.opened = undefined;
    this.failed = false;
    // After a failed write LMDB waits in vain for the flush of it.
    if (failed) void opened?.close();
    else await opened?.close();
  }
}

function putAll(database: Database, layers: readonly Changes[]): void {
  for (const changes of layers) {
    for (const { key, value } of changes) void (value ? database.put(key, value) : database.remove(key));
  }
}
