import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Model, Types } from 'mongoose';
import { accountCollection, type AccountRecord } from '../ledger/account.schema.js';
import { holdCollection, type HoldRecord } from '../holds/hold.schema.js';
import { entryCollection, type EntryRecord } from '../ledger/ledger-entry.schema.js';
import { counterparties } from '../ledger/posting.js';
import { allAccounts, type Drift, toDrift, unless } from './drift.js';
import { exactSum, toExact } from '../database/exact-sum.js';
import { LongTransactions } from '../transactions/long-transactions.js';

const maxOrphans = 100;

/** Where all credits are. Amounts in micro-credits; a counterparty that has given more than it got is below zero. */
export interface Totals {
  balances: bigint;
  held: bigint;
  openHolds: bigint;
  issuance: bigint;
  revenue: bigint;
  writeoff: bigint;
  promotion: bigint;
  expired: bigint;
}

/** Adds up all accounts and all counterparties at one snapshot: credits move, and are never made or lost. */
@Injectable()
export class ConservationService {
  constructor(
    @InjectModel(accountCollection.name) private readonly accounts: Model<AccountRecord>,
    @InjectModel(entryCollection.name) private readonly entries: Model<EntryRecord>,
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRecord>,
    private readonly transactions: LongTransactions,
  ) {}

  async audit(): Promise<Drift[]> {
    const { totals, orphans } = await this.transactions.run(async (transaction) => ({
      totals: await this.totals(transaction),
      orphans: await this.orphans(transaction),
    }));
    const counter = totals.issuance + totals.revenue + totals.writeoff + totals.promotion + totals.expired;
    return [
      ...toDrift(allAccounts, [
        ...unless(totals.balances + counter === 0n, 'I8', 'all accounts and counterparties do not come to nothing'),
        ...unless(totals.held === totals.openHolds, 'I8', 'all accounts hold something else than all open holds'),
      ]),
      ...orphans.flatMap((id) => toDrift(id, [['I1', 'there are entries of it and no account']])),
    ];
  }

  private async totals(transaction: ClientSession): Promise<Totals> {
    const [accounts] = await this.accounts.aggregate<Record<'balances' | 'held', Types.Decimal128>>(
      [{ $group: { _id: null, balances: exactSum('$balance_ucr'), held: exactSum('$held_ucr') } }],
      { session: transaction },
    );
    const [open] = await this.holds.aggregate<{ held: Types.Decimal128 }>(
      [{ $match: { state: 'held' } }, { $group: { _id: null, held: exactSum('$amount_ucr') } }],
      { session: transaction },
    );
    const sides = await this.entries.aggregate<{
      _id: string | null;
      moved: Types.Decimal128;
      writtenOff: Types.Decimal128;
    }>(
      [
        {
          $group: {
            _id: '$counterparty',
            moved: exactSum('$delta_ucr'),
            writtenOff: exactSum({ $ifNull: ['$written_off_ucr', 0] }),
          },
        },
      ],
      { session: transaction },
    );
    const given = (name: string) => toExact(sides.find(({ _id }) => _id === name)?.moved);
    const writtenOff = sides.reduce((total, side) => total + toExact(side.writtenOff), 0n);
    return {
      balances: toExact(accounts?.balances),
      held: toExact(accounts?.held),
      openHolds: toExact(open?.held),
      issuance: -given(counterparties.issuance),
      // What nobody is charged for is paid to revenue out of the write-off.
      revenue: writtenOff - given(counterparties.revenue),
      writeoff: -writtenOff - given(counterparties.writeoff),
      promotion: -given(counterparties.promotion),
      expired: -given(counterparties.expired),
    };
  }

  /** Accounts that have entries and do not exist. */
  private async orphans(transaction: ClientSession): Promise<string[]> {
    const records = await this.entries.aggregate<{ _id: string }>(
      [
        { $group: { _id: '$account_id' } },
        { $lookup: { from: this.accounts.collection.name, localField: '_id', foreignField: '_id', as: 'account' } },
        { $match: { account: { $size: 0 } } },
        { $limit: maxOrphans },
      ],
      { session: transaction },
    );
    return records.map(({ _id }) => _id);
  }
}
