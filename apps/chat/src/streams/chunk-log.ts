import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, isDuplicateKey } from '@parley/platform';
import type { Model } from 'mongoose';
import { CHUNK_LOG, type LoggedChunks } from './chunk-log.schema.js';
import { STREAMS, type StreamRecord } from './stream.schema.js';

/** The durable chunks of a stream. What is past the stream's commit pointer is not part of it. */
@Injectable()
export class ChunkLog {
  constructor(
    @InjectModel(STREAMS) private readonly streams: Model<StreamRecord>,
    @InjectModel(CHUNK_LOG) private readonly chunks: Model<LoggedChunks>,
    private readonly clock: Clock,
  ) {}

  /**
   * Writes chunks to the log, then moves the commit pointer over them: only then may anybody see them. May be repeated.
   * @returns false when the stream is no longer this process's: nothing was made visible
   */
  async append({ _id, epoch }: StreamRecord, seqFrom: number, texts: string[]): Promise<boolean> {
    const seqTo = seqFrom + texts.length - 1;
    const row: LoggedChunks = {
      stream_id: _id,
      epoch,
      seq_from: seqFrom,
      seq_to: seqTo,
      texts,
      created_at: this.clock.date(),
    };
    // The pointer's majority acknowledgement carries the row with it: both go through one log, in this order.
    await this.chunks.collection.insertOne(row as never, { writeConcern: { w: 1 } }).catch((error: unknown) => {
      if (!isDuplicateKey(error)) throw error;
    });
    const moved = await this.streams.collection.updateOne(
      { _id, epoch, state: 'streaming', last_seq: seqFrom - 1 } as never,
      { $set: { last_seq: seqTo } },
      { writeConcern: { w: 'majority' } },
    );
    if (moved.matchedCount === 1) return true;
    // A repeat after a lost answer finds its own work done.
    return (await this.streams.exists({ _id, epoch, state: 'streaming', last_seq: seqTo })) !== null;
  }

  /** What nobody is to read any more. */
  async remove(ids: readonly string[]): Promise<void> {
    await this.chunks.deleteMany({ stream_id: { $in: ids } });
  }

  /** The chunks after `afterSeq` up to `lastSeq`; fewer when rows have expired. */
  async read(id: string, afterSeq: number, lastSeq: number): Promise<Array<{ seq: number; text: string }>> {
    const rows = await this.chunks
      .find({ stream_id: id, seq_from: { $lte: lastSeq }, seq_to: { $gt: afterSeq } })
      .sort({ seq_from: 1 })
      .lean<LoggedChunks[]>();
    return rows
      .flatMap(({ seq_from: from, texts }) => texts.map((text, index) => ({ seq: from + index, text })))
      .filter(({ seq }) => seq > afterSeq && seq <= lastSeq);
  }
}
