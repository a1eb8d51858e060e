import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Metrics } from '@parley/platform';
import type { Model } from 'mongoose';
import { Gauge } from 'prom-client';
import { holdCollection, type HoldRecord } from '../holds/hold.schema.js';
import { accountCollection, type AccountRecord } from '../ledger/account.schema.js';
import type { ReconRunRecord } from '../reconciliation/recon-run.schema.js';
import { ReconRunsService } from '../reconciliation/recon-runs.service.js';

/** Holds are ended every ten seconds; one that is overdue for longer than this means that nobody does. */
const overdueTooLongSeconds = 120;

export interface LedgerState {
  drift: number;
  overdueHolds: number;
  oldestOverdueSeconds: number;
  frozenAccounts: number;
  lastRun: ReconRunRecord | undefined;
}

/** What somebody should be woken up for, on request and as metrics: holds that nobody ends, and accounts that do not add up. */
@Injectable()
export class LedgerHealthService {
  constructor(
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRecord>,
    @InjectModel(accountCollection.name) private readonly accounts: Model<AccountRecord>,
    private readonly runs: ReconRunsService,
    { registry }: Metrics,
  ) {
    const gauge = (name: string, help: string, read: () => Promise<number>) =>
      new Gauge({
        name,
        help,
        registers: [registry],
        async collect() {
          // Without the database this one is unknown, and the other metrics matter all the more.
          this.set(await read().catch(() => Number.NaN));
        },
      });
    gauge('ledger_overdue_holds', 'Holds past their end that are not ended yet.', () => this.overdueHolds());
    gauge('ledger_oldest_overdue_seconds', 'For how long the oldest of them is overdue.', () => this.oldestOverdue());
    gauge('ledger_frozen_accounts', 'Accounts that are frozen, most of them by drift.', () => this.frozenAccounts());
    gauge('ledger_drift', 'What the last runs have found and nobody has put right.', () => this.drift());
  }

  async read(): Promise<LedgerState & { isWell: boolean }> {
    const state = {
      drift: await this.drift(),
      overdueHolds: await this.overdueHolds(),
      oldestOverdueSeconds: await this.oldestOverdue(),
      frozenAccounts: await this.frozenAccounts(),
      lastRun: await this.runs.last(),
    };
    return { ...state, isWell: state.drift === 0 && state.oldestOverdueSeconds <= overdueTooLongSeconds };
  }

  /** An incremental run sees less than a full one, so the last of each counts. An account that is back in use was repaired. */
  private async drift(): Promise<number> {
    const runs = [await this.runs.lastFinished(), await this.runs.lastFinished('full')];
    const found = runs.flatMap((run) => run?.drift ?? []);
    const accountIds = [...new Set(found.map(({ account_id }) => account_id))];
    const inUse = await this.accounts.find({ _id: { $in: accountIds }, status: { $ne: 'frozen' } }, { _id: 1 });
    const putRight = new Set(inUse.map(({ _id }) => _id));
    return new Set(
      found
        .filter(({ account_id }) => !putRight.has(account_id))
        .map(({ account_id, invariant, detail }) => [account_id, invariant, detail].join(' ')),
    ).size;
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
