import { Inject, Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, isDuplicateKey } from '@parley/platform';
import type { Model } from 'mongoose';
import { VISITOR_BUDGETS, type VisitorBudget } from './visitor-budget.schema.js';
import { VisitorLimits } from './visitor-limits.js';
import { VISITOR_SETTINGS, type VisitorSettings } from './visitors.settings.js';

/** Decides whether a new visitor gets something to spend: bounded for each network, and for all of them together. */
@Injectable()
export class VisitorAllowances {
  constructor(
    @InjectModel(VISITOR_BUDGETS) private readonly budgets: Model<VisitorBudget>,
    @Inject(VISITOR_SETTINGS) private readonly settings: VisitorSettings,
    private readonly limits: VisitorLimits,
    private readonly clock: Clock,
  ) {}

  /** Counts it as given: a crash before it is given makes the day's sum smaller and never larger. @returns 0 for nothing */
  async decide(ipAddress: string): Promise<number> {
    const { allowanceUcr } = this.settings;
    if (allowanceUcr === 0 || !(await this.limits.mayHaveAllowance(ipAddress))) return 0;
    return (await this.take(allowanceUcr)) ? allowanceUcr : 0;
  }

  private async take(amountUcr: number): Promise<boolean> {
    const now = this.clock.date();
    const _id = now.toISOString().slice(0, 10);
    await this.budgets
      .updateOne({ _id }, { $setOnInsert: { given_ucr: 0, created_at: now } }, { upsert: true })
      .catch((error: unknown) => {
        // Another visitor opened the day at the same moment.
        if (!isDuplicateKey(error)) throw error;
      });
    const rest = { _id, given_ucr: { $lte: this.settings.dailyUcr - amountUcr } };
    const { modifiedCount } = await this.budgets.updateOne(rest, { $inc: { given_ucr: amountUcr } });
    return modifiedCount === 1;
  }
}
