import { Inject, Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { Model } from 'mongoose';
import { accountIdOf } from '../ledger/account.schema.js';
import { creditRuleCollection, type CreditRuleRecord } from './credit-rule.schema.js';
import type { RuleGrantRecord } from './rule-grant.schema.js';
import { type RuleGift, RuleGrantsService } from './rule-grants.service.js';

/** What the configuration gives to every new user, in micro-credits. */
export const STARTING_BALANCE = Symbol('StartingBalance');

/** What a new user begins with: once, whatever rules come and go. */
@Injectable()
export class StartingBalancesService {
  constructor(
    @Inject(STARTING_BALANCE) private readonly configuredUcr: bigint,
    @InjectModel(creditRuleCollection.name) private readonly rules: Model<CreditRuleRecord>,
    private readonly grants: RuleGrantsService,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns what the user was given, now or before; undefined when nothing says that they are given anything
   * @throws DomainError `account_frozen`, `ledger_busy`
   */
  async give(userId: string): Promise<RuleGrantRecord | undefined> {
    const accountId = accountIdOf(userId);
    const rule = await this.rule();
    // The account alone names it, so no second rule gives a second one.
    return rule && this.grants.give({ rule, accountId, period: 'start', grantId: `start:${accountId}` });
  }

  /** The newest rule that is in force, else the configuration. */
  private async rule(): Promise<RuleGift['rule'] | undefined> {
    const now = this.clock.date();
    const [rule] = await this.rules
      .find({ kind: 'starting_balance', state: 'active', starts_at: { $lte: now } })
      .find({ $or: [{ ends_at: { $exists: false } }, { ends_at: { $gt: now } }] })
      .sort({ created_at: -1, _id: -1 })
      .limit(1);
    if (rule) return rule;
    if (this.configuredUcr === 0n) return undefined;
    return { _id: 'configuration', amount_ucr: this.configuredUcr, reason: 'Starting balance' };
  }
}
