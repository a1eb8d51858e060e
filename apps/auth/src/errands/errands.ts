import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, newId } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { type Errand, ERRANDS } from './errand.schema.js';

export type NewErrand = Pick<Errand, 'kind' | 'body'>;

/** What other services still have to be told. */
@Injectable()
export class Errands {
  constructor(
    @InjectModel(ERRANDS) private readonly errands: Model<Errand>,
    private readonly clock: Clock,
  ) {}

  /**
   * @param session the transaction that makes the change which is to be told
   * @returns their ids, for `ErrandRunner.hurry` after the commit
   */
  async queue(errands: readonly NewErrand[], session: ClientSession): Promise<string[]> {
    const now = this.clock.date();
    const due = errands.map((errand) => ({
      _id: newId('err'),
      ...errand,
      attempts: 0,
      next_attempt_at: now,
      created_at: now,
    }));
    await this.errands.insertMany(due, { session });
    return due.map(({ _id }) => _id);
  }
}
