import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { LOGGER, type Logger, Metrics, PeriodicJobs } from '@parley/platform';
import { wasOvertaken } from '../ledger/operations.service.js';
import { ExpiringCreditsService } from './expiring-credits.service.js';

const lookEveryMs = 30_000;
const batchSize = 100;

/** Looks for credits that have expired. Any number of instances may: only one of them takes something back. */
@Injectable()
export class CreditExpiryJob implements OnApplicationBootstrap {
  private readonly looked;

  constructor(
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly expiring: ExpiringCreditsService,
    private readonly jobs: PeriodicJobs,
    metrics: Metrics,
  ) {
    this.looked = metrics.counter('ledger_credit_expiries_total', 'Accounts that were looked at for expired credits.');
  }

  onApplicationBootstrap(): void {
    this.jobs.every(lookEveryMs, 'credit-expiry', (stop) => this.takeBack(stop));
  }

  /** @returns how many accounts were looked at */
  async takeBack(stop?: AbortSignal): Promise<number> {
    const accounts = await this.expiring.due(batchSize);
    for (const [index, account] of accounts.entries()) {
      if (stop?.aborted) return index;
      await this.takeBackOf(account);
      this.looked.inc();
    }
    return accounts.length;
  }

  private async takeBackOf(accountId: string): Promise<void> {
    try {
      while (await this.expiring.takeBack(accountId));
    } catch (error) {
      // Another instance was there first, or the account has just moved: the next round looks again.
      const level = wasOvertaken(error) ? 'debug' : 'warn';
      this.logger[level]({ accountId, err: error }, 'expired credits are taken back later');
    }
  }
}
