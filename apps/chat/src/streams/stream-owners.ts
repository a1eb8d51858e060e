import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { ChunkLog } from './chunk-log.js';
import { STREAMS, type StreamRecord } from './stream.schema.js';

/** Nothing happens to it any more: it is over, its hold is closed, and both books were compared. */
const isOver = {
  active: { $ne: true as const },
  'settlement.state': { $ne: 'due' as const },
  'settlement.compare_at': { $exists: false },
};

/** Whose streams are, when that changes or when nobody is left. Who pays is on the hold, and stays. */
@Injectable()
export class StreamOwners {
  constructor(
    @InjectModel(STREAMS) private readonly streams: Model<StreamRecord>,
    private readonly chunkLog: ChunkLog,
  ) {}

  async giveTo(userId: string, from: string): Promise<void> {
    await this.streams.updateMany({ user_id: from }, { $set: { user_id: userId } });
  }

  /**
   * Removes the text of a user's streams and the records of those that are over. The others are needed to close their holds.
   * @returns how many are left
   */
  async purge(userId: string): Promise<number> {
    const filter = { user_id: userId, active: { $ne: true as const } };
    const ended = await this.streams.find(filter, { _id: 1 }).lean<StreamRecord[]>();
    await this.chunkLog.remove(ended.map(({ _id }) => _id));
    await this.streams.deleteMany({ user_id: userId, ...isOver });
    return this.streams.countDocuments({ user_id: userId });
  }
}
