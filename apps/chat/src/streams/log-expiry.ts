import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { LOG_ROWS, type LogRow } from './log-row.schema.js';
import { keyAt, msOf } from './row-key.js';
import { STREAMS, type StreamRecord } from './stream.schema.js';

/** An answer takes ten minutes at most; an hour more leaves every reader time to come back. The message keeps the whole text. */
const keptMs = 70 * 60_000;
const batch = 1_000;

/** Removes the log of streams that have been over for long. */
@Injectable()
export class LogExpiry {
  constructor(
    @InjectModel(LOG_ROWS) private readonly rows: Model<LogRow>,
    @InjectModel(STREAMS) private readonly streams: Model<StreamRecord>,
  ) {}

  /** @returns how many rows were removed */
  async sweep(stop?: AbortSignal): Promise<number> {
    const olderThan = keyAt(await this.expiredUntil());
    let removed = 0;
    while (!stop?.aborted) {
      const filter = { _id: { $lt: olderThan } } as never;
      const options = { sort: { _id: 1 as const }, projection: { _id: 1 }, limit: batch };
      const keys = await this.rows.collection.find<Pick<LogRow, '_id'>>(filter, options).toArray();
      if (keys.length === 0) break;
      const { deletedCount } = await this.rows.collection.deleteMany({ _id: { $lte: keys.at(-1)!._id } } as never);
      removed += deletedCount;
    }
    return removed;
  }

  /** By the database's clock, because nodes' clocks differ. What has not ended yet is kept, and with it all that is younger. */
  private async expiredUntil(): Promise<number> {
    const { localTime } = await this.rows.db.db!.command({ hello: 1 });
    const until = (localTime as Date).getTime() - keptMs;
    const open = await this.streams
      .find({ active: true, lease_until: { $exists: true }, created_at: { $lt: new Date(until) } }, { _id: 1 })
      .lean<StreamRecord[]>();
    return Math.min(until, ...open.map(({ _id }) => msOf(_id)));
  }
}
