import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Usage } from '@parley/contracts';
import type { ClientSession, Model, PipelineStage, Types } from 'mongoose';
import { exactSum, toExact } from '../database/exact-sum.js';
import { holdCollection, type HoldRecord } from '../holds/hold.schema.js';
import { entryCollection, type EntryRecord } from '../ledger/ledger-entry.schema.js';
import { counterparties, type EntryType } from '../ledger/posting.js';
import { PricesService } from '../prices/prices.service.js';
import { LongTransactions } from '../transactions/long-transactions.js';
import {
  type Abandoned,
  type EndingSums,
  type PricedUsage,
  type PriceSum,
  type TokenSums,
  UsageTotals,
} from './usage-sums.js';

/** A period `[from, to)`, of one model or of all, of one API key's calls or of all. */
export interface UsagePeriod {
  from: Date;
  to: Date;
  model?: string | undefined;
  apiKeyId?: string | undefined;
}

type Sums<Name extends string> = Record<Name, Types.Decimal128>;
type TokenGroup = Sums<'input' | 'output' | 'cacheRead' | 'cacheWrite'>;
type AbandonedGroup = TokenGroup & Sums<'calls'> & { _id: string };
type EndingGroup = TokenGroup &
  Sums<'entries' | 'charged' | 'writtenOff'> & {
    _id: { price: string; type: EndingSums['type']; source?: Usage['source'] };
  };

/** Adds up what calls used and were charged, to be compared with a provider's invoice. */
@Injectable()
export class UsageService {
  constructor(
    @InjectModel(entryCollection.name) private readonly entries: Model<EntryRecord>,
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRecord>,
    private readonly prices: PricesService,
    private readonly transactions: LongTransactions,
  ) {}

  /**
   * What the entries of a period come to, by model and price version, at one snapshot.
   * @throws DomainError `ledger_busy` when there are more of them than can be read in the time of a transaction
   */
  async read(period: UsagePeriod): Promise<PricedUsage[]> {
    const totals = await this.transactions.run(async (transaction) => {
      const sums = new UsageTotals();
      for (const ending of await this.endings(period, transaction)) sums.addEnding(ending);
      for (const [priceId, part] of await this.abandoned(period, transaction)) sums.setAbandoned(priceId, part);
      for (const part of await this.uncollected(period, transaction)) sums.addUncollected(part);
      for (const part of await this.refunded(period, transaction)) sums.addRefunded(part);
      return sums;
    });
    return this.priced(totals, period.model);
  }

  private async endings(period: UsagePeriod, transaction: ClientSession): Promise<EndingSums[]> {
    const groups = await this.entries.aggregate<EndingGroup>(
      [
        entriesOf(period, ['settle', 'expire', 'late']),
        {
          $group: {
            _id: { price: '$price_id', type: '$type', source: '$usage.source' },
            entries: exactSum(1),
            ...tokenSums,
            charged: exactSum('$delta_ucr'),
            writtenOff: exactSum({ $ifNull: ['$written_off_ucr', 0] }),
          },
        },
      ],
      { session: transaction },
    );
    return groups.map(({ _id: { price, ...of }, entries, charged, writtenOff, ...tokens }) => ({
      ...of,
      priceId: price,
      entries: toExact(entries),
      tokens: toTokens(tokens),
      charged: -toExact(charged),
      writtenOff: toExact(writtenOff),
    }));
  }

  /** By price version. Of an expired call that was settled since, its settlement says what was used. */
  private async abandoned(period: UsagePeriod, transaction: ClientSession): Promise<[string, Abandoned][]> {
    const groups = await this.entries.aggregate<AbandonedGroup>(
      [
        entriesOf(period, ['expire']),
        ...this.withHold(),
        { $match: { 'hold.state': 'expired' } },
        { $group: { _id: '$price_id', calls: exactSum(1), ...tokenSums } },
      ],
      { session: transaction },
    );
    return groups.map(({ _id, calls, ...tokens }) => [_id, { calls: toExact(calls), ...toTokens(tokens) }]);
  }

  /** What could not be collected is on the hold, and only where the settlement took all that was available. */
  private uncollected(period: UsagePeriod, transaction: ClientSession): Promise<PriceSum[]> {
    const hasTakenAll = { $expr: { $eq: ['$balance_after_ucr', '$held_after_ucr'] } };
    const entries = [entriesOf(period, ['settle', 'late']), { $match: hasTakenAll }];
    return this.sumByHold(entries, '$hold.uncollected_ucr', transaction);
  }

  private refunded(period: UsagePeriod, transaction: ClientSession): Promise<PriceSum[]> {
    return this.sumByHold([entriesOf(period, ['refund'])], '$delta_ucr', transaction);
  }

  /** Adds up an amount of entries or their holds, by the price version of the hold. */
  private async sumByHold(
    entries: PipelineStage.Match[],
    amount: string,
    transaction: ClientSession,
  ): Promise<PriceSum[]> {
    const groups = await this.entries.aggregate<Sums<'amount'> & { _id: string }>(
      [...entries, ...this.withHold(), { $group: { _id: '$hold.price_id', amount: exactSum(amount) } }],
      { session: transaction },
    );
    return groups.map(({ _id, amount: sum }) => ({ priceId: _id, amount: toExact(sum) }));
  }

  private withHold(): [PipelineStage.Lookup, PipelineStage.Unwind] {
    const from = this.holds.collection.name;
    return [{ $lookup: { from, localField: 'hold_id', foreignField: '_id', as: 'hold' } }, { $unwind: '$hold' }];
  }

  private async priced(totals: UsageTotals, model: string | undefined): Promise<PricedUsage[]> {
    const priced: (PricedUsage & { version: number })[] = [];
    for (const [priceId, sums] of totals.entries()) {
      const price = await this.prices.version(priceId);
      if (model === undefined || price.model === model)
        priced.push({ model: price.model, version: price.version, priceId, sums });
    }
    return priced.sort((a, b) => (a.model === b.model ? a.version - b.version : a.model < b.model ? -1 : 1));
  }
}

/** Everything that ends a hold with a charge, or gives one back, has revenue as its counterparty, and is found by that and its time. */
const entriesOf = ({ from, to, apiKeyId }: UsagePeriod, types: EntryType[]): PipelineStage.Match => ({
  $match: {
    counterparty: counterparties.revenue,
    at: { $gte: from, $lt: to },
    type: { $in: types },
    ...(apiKeyId === undefined ? {} : { api_key_id: apiKeyId }),
  },
});

const sumOf = (name: keyof Usage) => exactSum({ $toLong: { $ifNull: [`$usage.${name}`, 0] } });
const tokenSums = {
  input: sumOf('input_tokens'),
  output: sumOf('output_tokens'),
  cacheRead: sumOf('cache_read_tokens'),
  cacheWrite: sumOf('cache_write_tokens'),
};
const toTokens = ({ input, output, cacheRead, cacheWrite }: TokenGroup): Omit<TokenSums, 'settlements'> => ({
  input: toExact(input),
  output: toExact(output),
  cacheRead: toExact(cacheRead),
  cacheWrite: toExact(cacheWrite),
});
