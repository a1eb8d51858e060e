import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { LOGGER, type Logger, Metrics, PeriodicJobs } from '@parley/platform';
import type { Model } from 'mongoose';
import { HoldClosingsService } from './hold-closings.service.js';
import { holdCollection, type HoldRecord } from './hold.schema.js';

const sweepEveryMs = 10_000;
const batchSize = 100;
/** How many accounts are swept side by side; the holds of one share their transactions anyway. */
const accountsAtOnce = 8;

type Overdue = Pick<HoldRecord, '_id' | 'account_id'>;

/** Ends abandoned holds. Any number of instances may sweep at once: only one of them ends a hold. */
@Injectable()
export class HoldExpiryJob implements OnApplicationBootstrap {
  /** How many could not be ended since a sweep last reached the end of the overdue holds. */
  private stuck = 0;
  private readonly expired;

  constructor(
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRecord>,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly closings: HoldClosingsService,
    private readonly jobs: PeriodicJobs,
    metrics: Metrics,
  ) {
    this.expired = metrics.counter(
      'ledger_holds_expired_total',
      'Holds that were ended because nobody kept them alive.',
    );
  }

  onApplicationBootstrap(): void {
    this.jobs.every(sweepEveryMs, 'sweep', () => this.sweep());
  }

  /**
   * Ends a batch of overdue holds. Those that cannot be ended are skipped until all others have had their turn, so that broken
   * accounts do not keep the credits of others set aside.
   * @param atMost the size of the batch
   * @returns how many of them this call has ended
   */
  async sweep(atMost = batchSize): Promise<number> {
    const overdue = await this.holds
      .find({ state: 'held', $expr: { $lte: ['$expires_at', '$$NOW'] } }, { account_id: 1 })
      .sort({ expires_at: 1 })
      .skip(this.stuck)
      .limit(atMost);
    const accounts = byAccount(overdue);
    let ended = 0;
    const workers = Array.from({ length: accountsAtOnce }, async () => {
      for (let own = accounts.pop(); own; own = accounts.pop()) {
        // Added after the wait: another worker may have added in the meantime.
        const count = await this.endAll(own);
        ended += count;
      }
    });
    await Promise.all(workers);
    this.stuck = overdue.length < atMost ? 0 : this.stuck + overdue.length - ended;
    this.expired.inc(ended);
    return ended;
  }

  /** Ends holds of one account, which its queue puts into common transactions. @returns how many of them this call has ended */
  private async endAll(holds: readonly Overdue[]): Promise<number> {
    const ended = await Promise.all(
      holds.map((hold) =>
        this.closings.expire(hold).catch((error: unknown) => {
          // One that cannot be ended must not stop the others; the next round tries again.
          this.logger.warn({ err: error, holdId: hold._id }, 'an overdue hold could not be ended');
          return false;
        }),
      ),
    );
    return ended.filter(Boolean).length;
  }
}

function byAccount(holds: readonly Overdue[]): Overdue[][] {
  const accounts = new Map<string, Overdue[]>();
  for (const hold of holds) accounts.set(hold.account_id, [...(accounts.get(hold.account_id) ?? []), hold]);
  return [...accounts.values()];
}
