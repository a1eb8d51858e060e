import { type DomainError, toDomainError } from '@parley/platform';
import type { StreamSignals } from '../signals/stream-signals.js';
import type { Chunk, ChunkLog } from '../streams/chunk-log.js';
import { isTerminal } from '../streams/stream.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import type { StreamStore } from '../streams/stream-store.js';
import { StreamErrors } from '../streams/streams.errors.js';
import { ReaderErrors } from './readers.errors.js';
import { ReaderWait } from './reader-wait.js';
import type { StreamSource } from './stream-source.js';

/** How often the log of a stream that another process generates is read again when no signal comes. */
const pollMs = 300;

/** Where a stored stream is read from, and who says that there is more. */
export interface StoredStreamParts {
  store: StreamStore;
  chunkLog: ChunkLog;
  signals: StreamSignals;
}

/**
 * A stream as the database holds it: one that is over, or one that another process generates. All its readers in this process
 * share it, so that each chunk is read from the log and kept once.
 */
export class StoredStream implements StreamSource {
  private readonly texts = new Map<number, string>();
  private isOpen = false;
  /** The chunks after this one, up to `lastSeq`, are loaded. */
  private loadedAfter = 0;
  lastSeq = 0;
  private loading: Promise<unknown> = Promise.resolve();
  private readonly watchers = new Set<() => void>();
  private leaving: AbortController | undefined;
  failure: DomainError | undefined;

  constructor(
    public record: StreamRecord,
    private readonly parts: StoredStreamParts,
  ) {}

  get over(): boolean {
    return isTerminal(this.record.state);
  }

  textAt(seq: number): string {
    return this.texts.get(seq)!;
  }

  /**
   * Makes the chunks after a cursor readable, up to the last one that is there.
   * @throws DomainError `stream_log_expired` when some of them are gone
   */
  open(record: StreamRecord, afterSeq: number): Promise<void> {
    return this.inTurn(async () => {
      if (this.isOpen) await this.catchUp(record);
      else await this.begin(record);
      if (afterSeq >= this.loadedAfter) return;
      await this.load(afterSeq, this.loadedAfter);
      this.loadedAfter = afterSeq;
    });
  }

  watch(onChange: () => void): () => void {
    // A set would take a function that two readers share for one of them.
    const watcher = () => onChange();
    this.watchers.add(watcher);
    if (!this.leaving) void this.follow((this.leaving = new AbortController()).signal);
    return () => {
      this.watchers.delete(watcher);
      if (this.watchers.size > 0) return;
      this.leaving?.abort();
      this.leaving = undefined;
    };
  }

  private async follow(gone: AbortSignal): Promise<void> {
    const wait = new ReaderWait(gone, pollMs);
    const unlisten = this.parts.signals.on('rows', this.record._id, wait.change);
    while (!this.over && !this.failure && (await wait.next()) !== 'gone') {
      try {
        if (await this.inTurn(() => this.refresh())) this.wake();
      } catch (error) {
        this.failure = toDomainError(error);
        this.wake();
      }
    }
    unlisten();
    wait.end();
  }

  private wake(): void {
    for (const watcher of this.watchers) watcher();
  }

  /** @returns whether anything is new · @throws DomainError `stream_not_found` · `stream_log_expired` */
  private async refresh(): Promise<boolean> {
    const record = await this.parts.store.find(this.record._id);
    if (!record || record.state === 'rejected') throw StreamErrors.notFound();
    return this.catchUp(record);
  }

  private async begin(record: StreamRecord): Promise<void> {
    this.lastSeq = isTerminal(record.state) ? record.last_seq : await this.parts.chunkLog.lastSeq(record._id);
    this.loadedAfter = this.lastSeq;
    this.record = record;
    this.isOpen = true;
  }

  /** Its chunks are there before anybody sees that they exist. @returns whether anything is new */
  private async catchUp(record: StreamRecord): Promise<boolean> {
    const { lastSeq, over } = this;
    if (over) return false;
    if (isTerminal(record.state)) await this.load(lastSeq, record.last_seq);
    // Until it is over the log alone says how far it is.
    else this.add(await this.parts.chunkLog.readOn(record._id, lastSeq));
    this.record = record;
    return this.lastSeq > lastSeq || this.over;
  }

  private async load(afterSeq: number, lastSeq: number): Promise<void> {
    if (afterSeq >= lastSeq) return;
    const chunks = await this.parts.chunkLog.read(this.record._id, afterSeq, lastSeq);
    if (chunks.length !== lastSeq - afterSeq) throw ReaderErrors.logExpired(this.record.message_id);
    this.add(chunks);
  }

  private add(chunks: readonly Chunk[]): void {
    for (const { seq, text } of chunks) this.texts.set(seq, text);
    this.lastSeq = Math.max(this.lastSeq, chunks.at(-1)?.seq ?? 0);
  }

  /** One load at a time, whoever asks for it. */
  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.loading.then(work);
    this.loading = turn.catch(() => undefined);
    return turn;
  }
}
