import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { ExpiringCreditsService } from '../expiring-credits/expiring-credits.service.js';
import { type AccountRecord, stateOf } from '../ledger/account.schema.js';
import { maxUcr } from '../ledger/amount.js';
import { LedgerErrors } from '../ledger/ledger.errors.js';
import { LedgerService } from '../ledger/ledger.service.js';
import { OperationsService } from '../ledger/operations.service.js';
import { creditPosting, type Posting } from '../ledger/posting.js';
import { Refusal, whyRefused } from '../ledger/refusal.js';
import { requestHash } from '../ledger/request-hash.js';
import { TransactionErrors } from '../transactions/transactions.errors.js';
import type { CreditRuleRecord } from './credit-rule.schema.js';
import { ruleGrantCollection, type RuleGrantRecord } from './rule-grant.schema.js';

/** What a rule gives to one account. */
export interface RuleGift {
  rule: Pick<CreditRuleRecord, '_id' | 'amount_ucr' | 'ceiling_ucr' | 'expires_after_days' | 'reason'>;
  accountId: string;
  period: string;
  /** The one name of it, for all time. */
  grantId: string;
}

const dayMs = 86_400_000;

/** Gives what rules say, each gift once: its row, its entry and the account are written together. */
@Injectable()
export class RuleGrantsService {
  constructor(
    @InjectModel(ruleGrantCollection.name) private readonly grants: Model<RuleGrantRecord>,
    private readonly operations: OperationsService,
    private readonly ledger: LedgerService,
    private readonly expiring: ExpiringCreditsService,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns what was given, now or before
   * @throws DomainError `account_frozen`, `ledger_busy`
   */
  give(gift: RuleGift): Promise<RuleGrantRecord> {
    return this.operations.run(gift.accountId, async (transaction) => {
      const earlier = await this.grants.findOne({ _id: gift.grantId }, null, { session: transaction });
      if (earlier) return () => Promise.resolve(earlier);
      const account = await this.ledger.accountAt(transaction, gift.accountId);
      if (!account) return () => Promise.resolve(undefined);
      const posting = this.toPosting(gift, account);
      const why = whyRefused(stateOf(account), posting);
      if (why === Refusal.frozen) throw LedgerErrors.accountFrozen();
      if (why !== undefined) throw TransactionErrors.invariant(`${gift.grantId} was refused: ${why}`);
      return () => this.write(gift, posting, transaction);
    });
  }

  /** Those of the gifts that were given. */
  async given(grantIds: readonly string[]): Promise<Set<string>> {
    const records = await this.grants.find({ _id: { $in: [...grantIds] } }, { _id: 1 });
    return new Set(records.map(({ _id }) => _id));
  }

  /** What a rule has given, by account and period. */
  list(ruleId: string, afterId: string, limit: number): Promise<RuleGrantRecord[]> {
    return this.grants
      .find({ rule_id: ruleId, _id: { $gt: afterId } })
      .sort({ _id: 1 })
      .limit(limit)
      .exec();
  }

  private async write(gift: RuleGift, posting: Posting, transaction: ClientSession): Promise<RuleGrantRecord> {
    const { grantId, accountId, period, rule } = gift;
    const given = { _id: grantId, rule_id: rule._id, account_id: accountId, period, amount_ucr: posting.delta };
    const grant = { ...given, at: this.clock.date() };
    await this.grants.insertMany([grant], { session: transaction });
    if (posting.delta > 0n) await this.expiring.note(await this.ledger.post(transaction, posting), transaction);
    return grant;
  }

  private toPosting({ rule, accountId, period, grantId }: RuleGift, account: AccountRecord): Posting {
    const { _id: ruleId, expires_after_days: days, reason } = rule;
    return creditPosting('allocation', grantId, accountId, amountFor(rule, account), {
      actor: 'svc:accounting',
      reason,
      ruleId,
      requestHash: requestHash({ operation: 'rule', rule_id: ruleId, account_id: accountId, period }),
      ...(days === undefined ? {} : { expiresAt: new Date(this.clock.now() + days * dayMs) }),
    });
  }
}

/** As much as the rule says, and no more than up to its ceiling. */
function amountFor({ amount_ucr: amount, ceiling_ucr: ceiling = maxUcr }: RuleGift['rule'], account: AccountRecord) {
  const room = ceiling - account.balance_ucr;
  if (room <= 0n) return 0n;
  return amount < room ? amount : room;
}
