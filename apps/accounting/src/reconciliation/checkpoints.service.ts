import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { Model } from 'mongoose';
import type { Standing } from '../audit/entry-drift.js';
import { chainForm } from '../chain/chain-link.js';
import { checkpointCollection, type CheckpointRecord } from './checkpoint.schema.js';

/** How far the entries of each account were found in order, and what they came to there. */
@Injectable()
export class CheckpointsService {
  constructor(
    @InjectModel(checkpointCollection.name) private readonly checkpoints: Model<CheckpointRecord>,
    private readonly clock: Clock,
  ) {}

  /** By account. */
  async of(accountIds: readonly string[]): Promise<Map<string, Standing>> {
    const records = await this.checkpoints.find({ _id: { $in: [...accountIds] }, form: chainForm });
    return new Map(records.map((record) => [record._id, toStanding(record)]));
  }

  async keep(standings: ReadonlyMap<string, Standing>): Promise<void> {
    if (standings.size === 0) return;
    const at = this.clock.date();
    const writes = [...standings].map(([accountId, { seq, balance, held, link }]) => ({
      updateOne: {
        filter: { _id: accountId },
        update: { $set: { seq, balance_ucr: balance, held_ucr: held, link, form: chainForm, at } },
        upsert: true,
      },
    }));
    await this.checkpoints.bulkWrite(writes, { ordered: false });
  }
}

const toStanding = ({ seq, balance_ucr: balance, held_ucr: held, link }: CheckpointRecord): Standing => ({
  ...{ seq, balance, held, link },
});
