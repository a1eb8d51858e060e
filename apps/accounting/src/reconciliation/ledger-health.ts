import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Metrics } from '@parley/platform';
import type { Model } from 'mongoose';
import { Gauge } from 'prom-client';
import { accountCollection, type AccountRow } from '../accounts/account.schema.js';
import { holdCollection, type HoldRow } from '../holds/hold.schema.js';

/** What somebody should be woken up for, as measurements: holds that nobody ends, and accounts that do not add up. */
@Injectable()
export class LedgerHealth {
  constructor(
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRow>,
    @InjectModel(accountCollection.name) private readonly accounts: Model<AccountRow>,
    { registry }: Metrics,
  ) {
    const gauge = (name: string, help: string, read: () => Promise<number>) =>
      new Gauge({
        name,
        help,
        registers: [registry],
        async collect() {
          // Without the database there is nothing to tell, and the other measurements matter all the more.
          this.set(await read().catch(() => Number.NaN));
        },
      });
    gauge('ledger_overdue_holds', 'Holds past their end that are not ended yet.', () => this.overdueHolds());
    gauge('ledger_oldest_overdue_seconds', 'For how long the oldest of them is overdue.', () => this.oldestOverdue());
    gauge('ledger_frozen_accounts', 'Accounts that are frozen, most of them by drift.', () => this.frozenAccounts());
  }

  private overdueHolds(): Promise<number> {
    return this.holds.countDocuments({ state: 'held', $expr: { $lte: ['$expires_at', '$$NOW'] } }).exec();
  }

  private async oldestOverdue(): Promise<number> {
    const [oldest] = await this.holds.aggregate<{ ms: number | bigint }>([
      { $match: { state: 'held' } },
      { $sort: { expires_at: 1 } },
      { $limit: 1 },
      { $project: { ms: { $subtract: ['$$NOW', '$expires_at'] } } },
    ]);
    return Math.max(0, Number(oldest?.ms ?? 0) / 1_000);
  }

  private frozenAccounts(): Promise<number> {
    return this.accounts.countDocuments({ status: 'frozen' }).exec();
  }
}
