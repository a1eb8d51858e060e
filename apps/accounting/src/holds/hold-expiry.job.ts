import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { LOGGER, type Logger, Metrics } from '@parley/platform';
import type { Model } from 'mongoose';
import { HoldClosings } from './hold-closings.service.js';
import { holdCollection, type HoldRow } from './hold.schema.js';

const sweepEveryMs = 10_000;
const batchSize = 100;

/** Ends abandoned holds. Any number of instances may sweep at once: each hold is one transaction that only one of them wins. */
@Injectable()
export class HoldExpiry implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<unknown> | undefined;
  private readonly expired;

  constructor(
    @InjectModel(holdCollection.name) private readonly holds: Model<HoldRow>,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly closings: HoldClosings,
    metrics: Metrics,
  ) {
    this.expired = metrics.counter(
      'ledger_holds_expired_total',
      'Holds that were ended because nobody kept them alive.',
    );
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.round(), sweepEveryMs).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** Ends the holds that are overdue. @returns how many of them this call has ended */
  async sweep(): Promise<number> {
    const overdue = await this.holds
      .find({ state: 'held', $expr: { $lte: ['$expires_at', '$$NOW'] } }, { _id: 1 })
      .sort({ expires_at: 1 })
      .limit(batchSize);
    let ended = 0;
    for (const { _id } of overdue) {
      try {
        if (await this.closings.expire(_id)) ended += 1;
      } catch (error) {
        // One that cannot be ended now must not keep the others from it; the next round tries again.
        this.logger.warn({ err: error, holdId: _id }, 'an overdue hold could not be ended');
      }
    }
    this.expired.inc(ended);
    return ended;
  }

  private async round(): Promise<void> {
    if (this.running) return;
    this.running = this.sweep().catch((error: unknown) => this.logger.warn({ err: error }, 'the sweep failed'));
    await this.running;
    this.running = undefined;
  }
}
