import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { LOG_ROWS, type LogRow } from './log-row.schema.js';
import { RowCommits } from './row-commits.js';
import { rowKey, rowsBetween, seqOf } from './row-key.js';
import type { LoggedText } from './stream.js';
import type { StreamRecord } from './stream.schema.js';

/** What a failover could take back is not read. */
const durable = { readConcern: { level: 'majority' } } as const;

export interface Chunk {
  seq: number;
  text: string;
}

/** What chunks say together. @param chunks all of a stream, or those from its beginning */
export const textOf = (chunks: readonly Chunk[]): LoggedText => ({
  text: chunks.map(({ text }) => text).join(''),
  lastSeq: chunks.length,
});

type Run = Pick<StreamRecord, '_id' | 'epoch'>;

/**
 * The durable chunks of the streams. Two processes that both believe a stream to be theirs write at the same keys, so that of two
 * rows only one is ever there.
 */
@Injectable()
export class ChunkLog {
  constructor(
    @InjectModel(LOG_ROWS) private readonly rows: Model<LogRow>,
    private readonly commits: RowCommits,
  ) {}

  /**
   * Makes chunks durable: only then may anybody see them. May be repeated; one row of a stream at a time.
   * @returns false when the stream was sealed by another process: nothing was added
   * @throws while it is not known whether they are there
   */
  async append({ _id, epoch }: Run, seqFrom: number, texts: string[]): Promise<boolean> {
    const row: LogRow = { _id: rowKey(_id, seqFrom), epoch, texts };
    return (await this.commits.insert(row, seqFrom === 1)) || this.isOurs(row);
  }

  /**
   * Closes the log of a stream to every other epoch, behind the last row that is there. May be repeated.
   * @param run with the epoch that was taken, or the own one where the fate of a row is not known
   * @returns all chunks of the stream, to which no other will be added
   */
  async seal({ _id, epoch }: Run): Promise<Chunk[]> {
    for (;;) {
      const { chunks, isSealed } = await this.readRows(_id, 1);
      if (isSealed) return chunks;
      const seal: LogRow = { _id: rowKey(_id, chunks.length + 1), epoch, texts: [], sealed: true };
      if (await this.commits.insert(seal, true)) return chunks;
    }
  }

  /** The chunks after a cursor up to another one, without a gap; fewer when rows have expired. */
  async read(id: string, afterSeq: number, lastSeq: number): Promise<Chunk[]> {
    const fromSeq = await this.rowOf(id, afterSeq + 1);
    const { chunks } = await this.readRows(id, fromSeq, lastSeq);
    return chunks.filter(({ seq }) => seq > afterSeq && seq <= lastSeq);
  }

  /** The chunks after the last one of a row: what has come since. */
  async readOn(id: string, afterSeq: number): Promise<Chunk[]> {
    return (await this.readRows(id, afterSeq + 1)).chunks;
  }

  /** The last chunk that is there; 0 when there is none. */
  async lastSeq(id: string): Promise<number> {
    const options = { ...durable, sort: { _id: -1 as const } };
    const last = await this.rows.collection.findOne<LogRow>({ _id: rowsBetween(id) as never }, options);
    return last ? seqOf(last._id) + last.texts.length - 1 : 0;
  }

  /** What nobody is to read any more. */
  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.rows.collection.deleteMany({ _id: rowsBetween(id) as never });
  }

  /** A repeat after a lost answer finds its own work done. @throws when the place is not taken after all */
  private async isOurs({ _id, epoch }: LogRow): Promise<boolean> {
    const there = await this.rows.collection.findOne<LogRow>({ _id: _id }, durable);
    if (!there) throw new Error('a log row is not with the majority yet');
    return there.epoch === epoch && !there.sealed;
  }

  /** Where the row begins that has a chunk. */
  private async rowOf(id: string, seq: number): Promise<number> {
    if (seq === 1) return 1;
    const options = { ...durable, sort: { _id: -1 as const }, projection: { _id: 1 } };
    const row = await this.rows.collection.findOne<LogRow>({ _id: rowsBetween(id, 0, seq) as never }, options);
    return row ? seqOf(row._id) : seq;
  }

  /** Rows that follow on each other, up to the seal if there is one. @param fromSeq where a row begins */
  private async readRows(id: string, fromSeq: number, lastSeq?: number) {
    const range = rowsBetween(id, fromSeq, lastSeq) as never;
    const chunks: Chunk[] = [];
    let next = fromSeq;
    for await (const row of this.rows.collection.find<LogRow>({ _id: range }, { ...durable, sort: { _id: 1 } })) {
      if (seqOf(row._id) !== next) break;
      if (row.sealed) return { chunks, isSealed: true };
      for (const text of row.texts) chunks.push({ seq: next++, text });
    }
    return { chunks, isSealed: false };
  }
}
