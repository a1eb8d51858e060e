import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Model, Types } from 'mongoose';
import { orgAccountIdOf } from '../ledger/account.schema.js';
import { holdCollection, type HoldRecord } from '../holds/hold.schema.js';
import type { CapCorrection } from '../ledger/posting.js';
import { memberCapCollection, type MemberCapRecord } from '../member-caps/member-cap.schema.js';
import { type CapUse, countedAnew, driftOfCap, windowStart } from './cap-drift.js';
import { type Drift, toDrift } from './drift.js';
import { exactSum, toExact } from '../database/exact-sum.js';

const inWindow = (since: Date) => {
  // When the hold was made, by the database's clock, which also chooses the window.
  const made = { $subtract: ['$opening.expires_at', { $multiply: ['$ttl_seconds', 1_000] }] };
  return { $gte: [made, since] };
};

/** Compares the caps of members and API keys with the holds that count under them. */
@Injectable()
export class CapsAuditService {
  constructor(
    @InjectModel(memberCapCollection.name) private readonly caps: Model<MemberCapRecord>,
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRecord>,
  ) {}

  /** The ids of all caps, a page at a time. */
  async *all(pageSize: number): AsyncGenerator<string[]> {
    for (let last = ''; ;) {
      const records = await this.caps
        .find({ _id: { $gt: last } }, { _id: 1 })
        .sort({ _id: 1 })
        .limit(pageSize);
      if (records.length > 0) yield records.map(({ _id }) => _id);
      if (records.length < pageSize) return;
      last = records.at(-1)!._id;
    }
  }

  async audit(capIds: readonly string[], transaction: ClientSession): Promise<Drift[]> {
    const drift: Drift[] = [];
    for (const cap of await this.caps.find({ _id: { $in: [...capIds] } }, null, { session: transaction }))
      drift.push(
        ...toDrift(cap.account_id ?? orgAccountIdOf(cap.org_id), driftOfCap(cap, await this.useOf(cap, transaction))),
      );
    return drift;
  }

  /** Recounts the caps on an account that have counted wrongly. @returns what was changed */
  async recount(accountId: string, transaction: ClientSession): Promise<CapCorrection[]> {
    const corrections: CapCorrection[] = [];
    for (const cap of await this.caps.find(capsOn(accountId), null, { session: transaction })) {
      const use = await this.useOf(cap, transaction);
      if (driftOfCap(cap, use).length === 0) continue;
      const counted = countedAnew(cap, use);
      await this.caps.updateOne({ _id: cap._id }, { $set: counted }, { session: transaction });
      corrections.push({
        cap_id: cap._id,
        held_before_ucr: cap.held_ucr,
        held_after_ucr: counted.held_ucr,
        spent_before_ucr: cap.spent_ucr,
        spent_after_ucr: counted.spent_ucr,
      });
    }
    return corrections;
  }

  private async useOf(cap: MemberCapRecord, transaction: ClientSession): Promise<CapUse> {
    const since = windowStart(cap);
    const isOpen = { $eq: ['$state', 'held'] };
    const [sums] = await this.holds.aggregate<Record<'held' | 'atLeast' | 'atMost', Types.Decimal128>>(
      [
        { $match: { user_id: cap.user_id, caps: cap._id } },
        {
          $group: {
            _id: null,
            held: exactSum({ $cond: [isOpen, '$amount_ucr', 0] }),
            atLeast: exactSum(since ? { $cond: [inWindow(since), '$charged_ucr', 0] } : 0),
            atMost: exactSum('$charged_ucr'),
          },
        },
      ],
      { session: transaction },
    );
    return { held: toExact(sums?.held), spentAtLeast: toExact(sums?.atLeast), spentAtMost: toExact(sums?.atMost) };
  }
}

/** The caps under which an account is used: those of an organisation's members, and those of keys. */
const capsOn = (accountId: string) =>
  accountId.startsWith('org:') ? { org_id: accountId.slice('org:'.length) } : { account_id: accountId };
