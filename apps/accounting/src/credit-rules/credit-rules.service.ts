import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { before, Clock, isDuplicateKey, newId, type TimeCursor } from '@parley/platform';
import type { Model } from 'mongoose';
import { AllocationErrors } from '../allocations/allocations.errors.js';
import { BookingErrors } from '../bookings/bookings.errors.js';
import { Directory } from '../directory/directory.js';
import { requestHash } from '../ledger/request-hash.js';
import { creditRuleCollection, type CreditRuleRecord } from './credit-rule.schema.js';
import type { CreateCreditRule } from './credit-rules.dto.js';
import { CreditRuleErrors } from './credit-rules.errors.js';

/** The rules by which credits come. */
@Injectable()
export class CreditRulesService {
  constructor(
    @InjectModel(creditRuleCollection.name) private readonly rules: Model<CreditRuleRecord>,
    private readonly directory: Directory,
    private readonly clock: Clock,
  ) {}

  /**
   * With a key, the same request makes one rule.
   * @throws DomainError `user_not_found`, `organization_not_found`, `idempotency_mismatch`, `auth_unavailable`
   */
  async create(actor: string, request: CreateCreditRule, key?: string): Promise<CreditRuleRecord> {
    const rule = this.toRecord(actor, request, key);
    const earlier = await this.rules.findOne({ _id: rule._id });
    if (earlier) return same(rule, earlier);
    await this.requireOwner(request);
    try {
      await this.rules.insertMany([rule]);
      return rule;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return same(rule, await this.get(rule._id));
    }
  }

  /** @throws DomainError `rule_not_found` */
  async get(ruleId: string): Promise<CreditRuleRecord> {
    const rule = await this.rules.findOne({ _id: ruleId });
    if (!rule) throw CreditRuleErrors.notFound();
    return rule;
  }

  /** Those that were not deleted, newest first. */
  list(cursor: TimeCursor | undefined, limit: number): Promise<CreditRuleRecord[]> {
    return this.rules
      .find({ state: { $ne: 'deleted' }, ...before('created_at', cursor) })
      .sort({ created_at: -1, _id: -1 })
      .limit(limit)
      .exec();
  }

  /** @throws DomainError `rule_not_found`, `rule_deleted` */
  async change(actor: string, ruleId: string, state: 'active' | 'paused'): Promise<CreditRuleRecord> {
    const rule = await this.rules.findOneAndUpdate(
      { _id: ruleId, state: { $ne: 'deleted' } },
      { $set: { state, changed_by: actor } },
      { returnDocument: 'after' },
    );
    if (rule) return rule;
    await this.get(ruleId);
    throw CreditRuleErrors.deleted();
  }

  /** It gives nothing any more; what it gave stays, and so does its name in the entries. @throws DomainError `rule_not_found` */
  async delete(actor: string, ruleId: string): Promise<void> {
    const change = { $set: { state: 'deleted' as const, changed_by: actor } };
    const { matchedCount } = await this.rules.updateOne({ _id: ruleId, state: { $ne: 'deleted' } }, change);
    if (matchedCount === 0) await this.get(ruleId);
  }

  private toRecord(actor: string, request: CreateCreditRule, key: string | undefined): CreditRuleRecord {
    const { amount_ucr, ceiling_ucr, starts_at, ends_at, ...rest } = request;
    const now = this.clock.date();
    return {
      _id: key === undefined ? newId('crl') : `crl_${digest(`${actor}\n${key}`)}`,
      ...rest,
      amount_ucr: BigInt(amount_ucr),
      ...(ceiling_ucr === undefined ? {} : { ceiling_ucr: BigInt(ceiling_ucr) }),
      starts_at: starts_at === undefined ? now : new Date(starts_at),
      ...(ends_at === undefined ? {} : { ends_at: new Date(ends_at) }),
      state: 'active',
      created_by: actor,
      changed_by: actor,
      request_hash: requestHash({ operation: 'rule', ...request }),
      created_at: now,
    };
  }

  private async requireOwner({ user_id: userId, org_id, members_of: orgId = org_id }: CreateCreditRule): Promise<void> {
    if (userId !== undefined && !(await this.directory.hasUser(userId))) throw AllocationErrors.userNotFound();
    if (orgId !== undefined && !(await this.directory.hasOrganization(orgId)))
      throw AllocationErrors.organizationNotFound();
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);

function same(asked: CreditRuleRecord, earlier: CreditRuleRecord): CreditRuleRecord {
  if (earlier.request_hash !== asked.request_hash) throw BookingErrors.idempotencyMismatch();
  return earlier;
}
