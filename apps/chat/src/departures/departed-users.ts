import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, isDuplicateKey } from '@parley/platform';
import type { Model } from 'mongoose';
import { DEPARTED_USERS, type DepartedUser } from './departed-user.schema.js';

/** The longest wait between two sweeps; the first ones come sooner. */
const firstWaitMs = 15_000;
const longestWaitMs = 300_000;
/** A request that was let in before its user had gone is over after this, and so is what it began. */
const straggleMs = 3_600_000;

/** Who has gone. The first that is said of somebody stands, however often and whatever is said later. */
@Injectable()
export class DepartedUsers {
  constructor(
    @InjectModel(DEPARTED_USERS) private readonly departed: Model<DepartedUser>,
    private readonly clock: Clock,
  ) {}

  /** @returns what stands */
  async record(userId: string, successorId: string | null): Promise<DepartedUser> {
    const now = this.clock.date();
    const fresh = { successor_id: successorId, departed_at: now, sweeps: 0, next_sweep_at: now };
    await this.departed
      .updateOne({ _id: userId }, { $setOnInsert: fresh }, { upsert: true })
      .catch((error: unknown) => {
        // The same request, at the same moment.
        if (!isDuplicateKey(error)) throw error;
      });
    return (await this.departed.findOne({ _id: userId }).lean<DepartedUser>())!;
  }

  /** Whose the things of a user are: a successor may have gone as well. @returns null for nobody's */
  async ownerOf({ successor_id: successor }: DepartedUser): Promise<string | null> {
    if (successor === null) return null;
    const gone = await this.departed.findOne({ _id: successor }).lean<DepartedUser>();
    return gone ? gone.successor_id : successor;
  }

  findDue(limit: number): Promise<DepartedUser[]> {
    return this.departed
      .find({ next_sweep_at: { $lte: this.clock.date() } })
      .sort({ next_sweep_at: 1 })
      .limit(limit)
      .lean<DepartedUser[]>();
  }

  /** Plans the next sweep, if one is needed. Two processes may sweep at once: whoever writes first plans. */
  async sweptOnce({ _id, sweeps, departed_at }: DepartedUser, isComplete: boolean): Promise<void> {
    const now = this.clock.now();
    const isOver = isComplete && now - departed_at.getTime() >= straggleMs;
    const waitMs = Math.min(firstWaitMs * 2 ** sweeps, longestWaitMs);
    const change = { sweeps: sweeps + 1, next_sweep_at: isOver ? null : new Date(now + waitMs) };
    await this.departed.updateOne({ _id, sweeps }, { $set: change });
  }
}
