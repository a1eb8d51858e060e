import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
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

/** What somebody should be woken up for: holds that nobody ends, and accounts that do not add up. */
@Injectable()
export class LedgerHealthService {
  constructor(
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRecord>,
    @InjectModel(accountCollection.name) private readonly accounts: Model<AccountRecord>,
    private readonly runs: ReconRunsService,
  ) {}

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
