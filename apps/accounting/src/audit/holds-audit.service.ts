import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Model } from 'mongoose';
import { holdCollection, type HoldRecord } from '../holds/hold.schema.js';
import { entryCollection, type EntryRecord } from '../ledger/ledger-entry.schema.js';
import { priceCollection, type PriceVersionRecord, ratesOf } from '../prices/price-version.schema.js';
import type { Fault } from './drift.js';
import { grouped } from './grouped.js';
import { driftOfHold } from './hold-drift.js';

/** A hold and what is wrong with it. */
export interface AuditedHold {
  hold: HoldRecord;
  faults: Fault[];
}

/** Reads holds with everything that was written about them, and compares. */
@Injectable()
export class HoldsAuditService {
  constructor(
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRecord>,
    @InjectModel(entryCollection.name) private readonly entries: Model<EntryRecord>,
    @InjectModel(priceCollection.name) private readonly prices: Model<PriceVersionRecord>,
  ) {}

  /** @returns those of the holds that there are */
  async audit(holdIds: readonly string[], transaction: ClientSession): Promise<AuditedHold[]> {
    if (holdIds.length === 0) return [];
    const holds = await this.holds.find({ _id: { $in: [...holdIds] } }, null, { session: transaction });
    const entries = await this.entries
      .find({ hold_id: { $in: [...holdIds] } }, null, { session: transaction })
      .sort({ seq: 1 });
    const priceIds = [...new Set(holds.map(({ price_id }) => price_id))];
    const prices = await this.prices.find({ _id: { $in: priceIds } }, null, { session: transaction });
    const ratesById = new Map(prices.map((price) => [price._id, ratesOf(price)]));
    const entriesOf = grouped(entries, ({ hold_id }) => hold_id ?? '');
    return holds.map((hold) => {
      const own = entriesOf.get(hold._id) ?? [];
      return { hold, faults: driftOfHold({ hold, entries: own, rates: ratesById.get(hold.price_id) }) };
    });
  }

  openOf(accountIds: readonly string[], transaction: ClientSession): Promise<HoldRecord[]> {
    return this.holds
      .find({ account_id: { $in: [...accountIds] }, state: 'held' }, null, { session: transaction })
      .exec();
  }

  /** The holds of an account that its entries do not lead to, because no entry opened them. */
  async unopenedOf(accountId: string, transaction: ClientSession): Promise<string[]> {
    const records = await this.holds.find({ account_id: accountId }, { _id: 1 }, { session: transaction });
    return this.unopened(
      records.map(({ _id }) => _id),
      transaction,
    );
  }

  /** A page of all holds in the order of their ids. */
  async page(afterId: string, limit: number, transaction: ClientSession): Promise<string[]> {
    const records = await this.holds
      .find({ _id: { $gt: afterId } }, { _id: 1 }, { session: transaction })
      .sort({ _id: 1 })
      .limit(limit);
    return records.map(({ _id }) => _id);
  }

  /** Those of the holds that no entry has opened. */
  async unopened(holdIds: readonly string[], transaction: ClientSession): Promise<string[]> {
    const openings = holdIds.map((id) => `hold:${id}`);
    const found = await this.entries.find({ _id: { $in: openings } }, { _id: 1 }, { session: transaction });
    const opened = new Set(found.map(({ _id }) => _id));
    return holdIds.filter((id) => !opened.has(`hold:${id}`));
  }

  /** Holds that have been overdue for at least so long by the database's clock. */
  overdue(ms: number, limit: number): Promise<HoldRecord[]> {
    return this.holds
      .find({ state: 'held', $expr: { $lte: ['$expires_at', { $subtract: ['$$NOW', ms] }] } })
      .sort({ expires_at: 1 })
      .limit(limit)
      .exec();
  }
}
