import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Model } from 'mongoose';
import { capIdOf, type CapPeriod, memberCapCollection, type MemberCapRow } from './member-cap.schema.js';

/** Ends a transaction that would take a member beyond a cap. Whoever asked answers with it. */
export class CapReached extends Error {
  constructor(readonly availableUcr: bigint) {
    super('a member cap is reached');
  }
}

const formats: Record<CapPeriod, string> = { day: '%Y-%m-%d', month: '%Y-%m' };

/** The window of now, by the database's clock, as an expression. */
const windowOf = (period: CapPeriod) => ({ $dateToString: { format: formats[period], date: '$$NOW' } });
const spentIn = (period: CapPeriod) => ({ $cond: [{ $eq: ['$window', windowOf(period)] }, '$spent_ucr', 0n] });

/**
 * Counts what members use of their organisation's credits. All of it happens inside the transaction of the hold, so a cap is
 * known to be reached before anything is generated, and never only when the bill comes.
 */
@Injectable()
export class MemberCaps {
  constructor(@InjectModel(memberCapCollection.name) private readonly caps: Model<MemberCapRow>) {}

  /** Sets a cap, or changes it; what is spent and held under it stays. */
  async put(orgId: string, userId: string, period: CapPeriod, capUcr: bigint): Promise<MemberCapRow> {
    const fresh = { org_id: orgId, user_id: userId, period, window: '', spent_ucr: 0n, held_ucr: 0n };
    return this.caps
      .findOneAndUpdate(
        { _id: capIdOf(orgId, userId, period) },
        { $set: { cap_ucr: capUcr }, $setOnInsert: fresh },
        { upsert: true, returnDocument: 'after' },
      )
      .orFail()
      .exec();
  }

  /** The ids of the caps that a member has. */
  async of(orgId: string, userId: string, session: ClientSession): Promise<string[]> {
    const rows = await this.caps.find({ org_id: orgId, user_id: userId }, { _id: 1 }, { session }).sort({ _id: 1 });
    return rows.map(({ _id }) => _id);
  }

  /** Counts credits that are set aside. @throws CapReached when one of the caps does not allow it */
  async hold(capIds: readonly string[], amount: bigint, session: ClientSession): Promise<void> {
    for (const id of capIds) {
      const period = periodOf(id);
      // The check and the count are one statement; mongoose would turn the amounts into floats here, so it stays out of it.
      const { matchedCount } = await this.caps.collection.updateOne(
        { _id: id as never, $expr: { $lte: [{ $add: [spentIn(period), '$held_ucr', amount] }, '$cap_ucr'] } },
        [
          {
            $set: {
              spent_ucr: spentIn(period),
              window: windowOf(period),
              held_ucr: { $add: ['$held_ucr', amount] },
            },
          },
        ],
        { session },
      );
      if (matchedCount === 0) throw new CapReached(await this.left(id, session));
    }
  }

  /** Counts what was charged; work that is done is never refused. */
  async charge(
    capIds: readonly string[],
    { held, charged }: { held: bigint; charged: bigint },
    session: ClientSession,
  ): Promise<void> {
    for (const id of capIds) {
      const period = periodOf(id);
      await this.caps.collection.updateOne(
        { _id: id as never },
        [
          {
            $set: {
              spent_ucr: { $add: [spentIn(period), charged] },
              window: windowOf(period),
              held_ucr: { $subtract: ['$held_ucr', held] },
            },
          },
        ],
        { session },
      );
    }
  }

  /** How much a member may still use under the tightest of these caps; undefined without any. */
  async tightest(capIds: readonly string[], session: ClientSession): Promise<bigint | undefined> {
    let least: bigint | undefined;
    for (const id of capIds) {
      const left = await this.left(id, session);
      if (least === undefined || left < least) least = left;
    }
    return least;
  }

  private async left(id: string, session: ClientSession): Promise<bigint> {
    const used = { $add: [spentIn(periodOf(id)), '$held_ucr'] };
    const [row] = await this.caps.aggregate<{ left: number | bigint }>(
      [{ $match: { _id: id } }, { $project: { left: { $subtract: ['$cap_ucr', used] } } }],
      { session },
    );
    const left = BigInt(row?.left ?? 0);
    return left > 0n ? left : 0n;
  }
}

const periodOf = (capId: string): CapPeriod => (capId.endsWith(':day') ? 'day' : 'month');
