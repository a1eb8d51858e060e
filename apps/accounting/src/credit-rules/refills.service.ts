import { Inject, Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, DomainError, LOGGER, type Logger } from '@parley/platform';
import type { Model } from 'mongoose';
import { Directory } from '../directory/directory.js';
import { accountIdOf, orgAccountIdOf } from '../ledger/account.schema.js';
import { creditRuleCollection, type CreditRuleRecord } from './credit-rule.schema.js';
import { type Cadence, refillPeriod } from './refill-period.js';
import { RuleGrantsService } from './rule-grants.service.js';

/**
 * Gives the refills of the period that now is in. A period in which nothing ran, or in which the rule was paused, is not made up
 * for: a refill is for the days that it comes with. Whoever is a member while it runs gets theirs.
 */
@Injectable()
export class RefillsService {
  constructor(
    @InjectModel(creditRuleCollection.name) private readonly rules: Model<CreditRuleRecord>,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly directory: Directory,
    private readonly grants: RuleGrantsService,
    private readonly clock: Clock,
  ) {}

  /**
   * Any number of instances may run it, and any number of times: a gift that is there is not given again.
   * @returns how many gifts this call has looked at that were not there
   */
  async run(stop?: AbortSignal): Promise<number> {
    let given = 0;
    for (const rule of await this.rules.find({ kind: 'refill', state: 'active' }).sort({ _id: 1 })) {
      if (stop?.aborted) break;
      try {
        given += await this.refill(rule, stop);
      } catch (error) {
        // The rules after it do not wait for one that cannot be followed right now.
        this.logger.warn({ err: error, ruleId: rule._id }, 'a refill is left for later');
      }
    }
    return given;
  }

  private async refill(rule: CreditRuleRecord, stop?: AbortSignal): Promise<number> {
    const { name, startsAt } = refillPeriod(rule as Cadence, this.clock.date());
    const isBeside = startsAt < rule.starts_at || (rule.ends_at !== undefined && startsAt >= rule.ends_at);
    // Names are in the order of time, so a clock that is behind gives nothing for a period that is over.
    if (isBeside || (rule.last_period ?? '') >= name) return 0;
    let [given, isDone] = [0, true];
    for await (const accounts of this.accountsOf(rule)) {
      const page = await this.giveAll(rule, accounts, name, stop);
      given += page.given;
      isDone &&= page.isDone;
      if (stop?.aborted) return given;
    }
    if (isDone) await this.rules.updateOne({ _id: rule._id }, { $max: { last_period: name } });
    return given;
  }

  private async *accountsOf({ user_id, org_id, members_of }: CreditRuleRecord): AsyncGenerator<string[]> {
    if (user_id !== undefined) yield [accountIdOf(user_id)];
    if (org_id !== undefined) yield [orgAccountIdOf(org_id)];
    if (members_of === undefined) return;
    for await (const userIds of this.directory.membersOf(members_of)) yield userIds.map(accountIdOf);
  }

  private async giveAll(rule: CreditRuleRecord, accounts: readonly string[], period: string, stop?: AbortSignal) {
    const idOf = (accountId: string) => `rule:${rule._id}:${accountId}:${period}`;
    const known = await this.grants.given(accounts.map(idOf));
    let [given, isDone] = [0, true];
    for (const accountId of accounts) {
      if (known.has(idOf(accountId))) continue;
      // A pause or the end of a rule counts at once, also in the middle of many members.
      const isOn = !stop?.aborted && (await this.rules.exists({ _id: rule._id, state: 'active' }));
      if (!isOn) return { given, isDone: false };
      if (await this.giveOne({ rule, accountId, period, grantId: idOf(accountId) })) given += 1;
      else isDone = false;
    }
    return { given, isDone };
  }

  /** @returns false when it has to be tried again */
  private async giveOne(gift: Parameters<RuleGrantsService['give']>[0]): Promise<boolean> {
    try {
      await this.grants.give(gift);
      return true;
    } catch (error) {
      // An account that is out of use gets its own when it is back within the period. The others do not wait for it.
      const isFrozen = error instanceof DomainError && error.code === 'account_frozen';
      this.logger[isFrozen ? 'debug' : 'warn']({ err: error, grantId: gift.grantId }, 'a gift is left for later');
      return false;
    }
  }
}
