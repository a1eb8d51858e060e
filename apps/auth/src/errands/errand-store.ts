import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { Model } from 'mongoose';
import { type Errand, ERRANDS } from './errand.schema.js';

/** Longer than a call takes: for so long an errand is one process's alone. */
const leaseMs = 30_000;
/** Waits between attempts: 1 s doubled each time, at most five minutes, for as long as it takes. */
const backoffMs = (attempts: number): number => Math.min(1_000 * 2 ** (attempts - 1), 300_000);

/** Errands as the processes of auth share them: whoever has taken one is alone with it for a while. */
@Injectable()
export class ErrandStore {
  constructor(
    @InjectModel(ERRANDS) private readonly errands: Model<Errand>,
    private readonly clock: Clock,
  ) {}

  /** @param id a certain one, else the one that has waited longest. @returns null when there is none, or another process has it */
  take(id?: string): Promise<Errand | null> {
    const due = { ...(id === undefined ? {} : { _id: id }), next_attempt_at: { $lte: this.clock.date() } };
    const lease = { $inc: { attempts: 1 }, $set: { next_attempt_at: new Date(this.clock.now() + leaseMs) } };
    return this.errands
      .findOneAndUpdate(due, lease, { sort: { next_attempt_at: 1 }, returnDocument: 'after' })
      .lean<Errand>();
  }

  async done({ _id }: Errand): Promise<void> {
    await this.errands.deleteOne({ _id });
  }

  /** Another process that has taken it since decides for itself when to try again. */
  async failed({ _id, attempts }: Errand): Promise<void> {
    const next = new Date(this.clock.now() + backoffMs(attempts));
    await this.errands.updateOne({ _id, attempts }, { $set: { next_attempt_at: next } });
  }

  /** For how long the oldest has been waiting, in seconds. */
  async oldestSeconds(): Promise<number> {
    const oldest = await this.errands.findOne({}, { created_at: 1 }).sort({ created_at: 1 }).lean<Errand>();
    return oldest ? (this.clock.now() - oldest.created_at.getTime()) / 1_000 : 0;
  }
}
