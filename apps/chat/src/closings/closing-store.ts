import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { Closing } from '../streams/stream.js';
import { STREAMS, type StreamRecord } from '../streams/stream.schema.js';

/** The closings that are due, as the streams' own records hold them. */
@Injectable()
export class ClosingStore {
  constructor(@InjectModel(STREAMS) private readonly streams: Model<StreamRecord>) {}

  /** Streams with something to say to accounting, the longest waiting first. */
  findDue(now: Date, limit: number): Promise<Array<Pick<StreamRecord, '_id'>>> {
    return this.streams
      .find({ 'settlement.state': 'due', 'settlement.next_attempt_at': { $lte: now } }, { _id: 1 })
      .sort({ 'settlement.next_attempt_at': 1 })
      .limit(limit)
      .lean<Array<Pick<StreamRecord, '_id'>>>();
  }

  /** Streams whose closing is to be compared with accounting's books, the longest waiting first. */
  findToCompare(now: Date, limit: number): Promise<Array<Pick<StreamRecord, '_id' | 'settlement'>>> {
    return this.streams
      .find({ 'settlement.compare_at': { $lte: now } }, { settlement: 1 })
      .sort({ 'settlement.compare_at': 1 })
      .limit(limit)
      .lean<Array<Pick<StreamRecord, '_id' | 'settlement'>>>();
  }

  async markCompared(_id: string): Promise<void> {
    await this.streams.updateOne({ _id }, { $unset: { 'settlement.compare_at': 1 } });
  }

  /** @returns the record with the closing as it is now, or null when somebody else has written it meanwhile */
  write({ _id, settlement: { attempts } }: StreamRecord, closing: Closing): Promise<StreamRecord | null> {
    return this.streams
      .findOneAndUpdate(
        { _id, 'settlement.state': 'due', 'settlement.attempts': attempts },
        { $set: { settlement: closing } },
        { returnDocument: 'after' },
      )
      .lean<StreamRecord>();
  }
}
