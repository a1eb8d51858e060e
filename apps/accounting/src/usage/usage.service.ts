import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Usage } from '@parley/contracts';
import type { ClientSession, Model, PipelineStage, Types } from 'mongoose';
import { holdCollection, type HoldRow } from '../holds/hold.schema.js';
import { entryCollection, type EntryRow } from '../ledger/ledger-entry.schema.js';
import { counterparties, type EntryType } from '../ledger/posting.js';
import { PricesService } from '../prices/prices.service.js';
import { exactSum, toExact } from '../reconciliation/exact-sum.js';
import { LongTransactions } from '../reconciliation/long-transactions.js';
import { type EndingSums, type PricedUsage, type PriceSum, UsageTotals } from './usage-sums.js';

/** A period `[from, to)`, of one model or of all. */
export interface UsagePeriod {
  from: Date;
  to: Date;
  model?: string | undefined;
}

type Sums<Name extends string> = Record<Name, Types.Decimal128>;
type EndingRow = Sums<'entries' | 'input' | 'output' | 'cacheRead' | 'cacheWrite' | 'charged' | 'writtenOff'> & {
  _id: { price: string; type: EndingSums['type']; source?: Usage['source'] };
};

/** Adds up what calls have used and what was charged for it, for those who compare it with a provider's invoice. */
@Injectable()
export class UsageService {
  constructor(
    @InjectModel(entryCollection.name) private readonly entries: Model<EntryRow>,
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRow>,
    private readonly prices: PricesService,
    private readonly transactions: LongTransactions,
  ) {}

  /**
   * What the entries of a period come to, by model and price version, at one snapshot.
   * @throws DomainError `ledger_busy` when there are more of them than can be read in the time of a transaction
   */
  async read(period: UsagePeriod): Promise<PricedUsage[]> {
    const totals = await this.transactions.run(async (session) => {
      const sums = new UsageTotals();
      for (const ending of await this.endings(period, session)) sums.addEnding(ending);
      for (const part of await this.uncollected(period, session)) sums.addUncollected(part);
      for (const part of await this.refunded(period, session)) sums.addRefunded(part);
      return sums;
    });
    return this.priced(totals, period.model);
  }

  private async endings(period: UsagePeriod, session: ClientSession): Promise<EndingSums[]> {
    const rows = await this.entries.aggregate<EndingRow>(
      [
        entriesOf(period, ['settle', 'expire', 'late']),
        {
          $group: {
            _id: { price: '$price_id', type: '$type', source: '$usage.source' },
            entries: exactSum(1),
            input: tokens('input_tokens'),
            output: tokens('output_tokens'),
            cacheRead: tokens('cache_read_tokens'),
            cacheWrite: tokens('cache_write_tokens'),
            charged: exactSum('$delta_ucr'),
            writtenOff: exactSum({ $ifNull: ['$written_off_ucr', 0] }),
          },
        },
      ],
      { session },
    );
    return rows.map(({ _id: { price, ...of }, entries, charged, writtenOff, ...counts }) => ({
      ...of,
      priceId: price,
      entries: toExact(entries),
      tokens: {
        input: toExact(counts.input),
        output: toExact(counts.output),
        cacheRead: toExact(counts.cacheRead),
        cacheWrite: toExact(counts.cacheWrite),
      },
      charged: -toExact(charged),
      writtenOff: toExact(writtenOff),
    }));
  }

  /** Only holds say what could not be collected, and only those whose settlement has taken all that was available. */
  private uncollected(period: UsagePeriod, session: ClientSession): Promise<PriceSum[]> {
    const hasTakenAll = { $expr: { $eq: ['$balance_after_ucr', '$held_after_ucr'] } };
    const entries = [entriesOf(period, ['settle', 'late']), { $match: hasTakenAll }];
    return this.sumByHold(entries, '$hold.uncollected_ucr', session);
  }

  private refunded(period: UsagePeriod, session: ClientSession): Promise<PriceSum[]> {
    return this.sumByHold([entriesOf(period, ['refund'])], '$delta_ucr', session);
  }

  /** Adds up something of entries and their holds by the price version of the hold. */
  private async sumByHold(entries: PipelineStage.Match[], amount: string, session: ClientSession): Promise<PriceSum[]> {
    const hold = { from: this.holds.collection.name, localField: 'hold_id', foreignField: '_id', as: 'hold' } as const;
    const rows = await this.entries.aggregate<Sums<'amount'> & { _id: string }>(
      [
        ...entries,
        { $lookup: hold },
        { $unwind: '$hold' },
        { $group: { _id: '$hold.price_id', amount: exactSum(amount) } },
      ],
      { session },
    );
    return rows.map(({ _id, amount: sum }) => ({ priceId: _id, amount: toExact(sum) }));
  }

  private async priced(totals: UsageTotals, model: string | undefined): Promise<PricedUsage[]> {
    const rows: (PricedUsage & { version: number })[] = [];
    for (const [priceId, sums] of totals.entries()) {
      const price = await this.prices.version(priceId);
      if (model === undefined || price.model === model)
        rows.push({ model: price.model, version: price.version, priceId, sums });
    }
    return rows.sort((a, b) => (a.model === b.model ? a.version - b.version : a.model < b.model ? -1 : 1));
  }
}

/** Everything that ends a hold with a charge, or gives one back, is booked against revenue, and found by that and its time. */
const entriesOf = ({ from, to }: UsagePeriod, types: EntryType[]): PipelineStage.Match => ({
  $match: { counterparty: counterparties.revenue, at: { $gte: from, $lt: to }, type: { $in: types } },
});

const tokens = (name: keyof Usage) => exactSum({ $toLong: { $ifNull: [`$usage.${name}`, 0] } });
