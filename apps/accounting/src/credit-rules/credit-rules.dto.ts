import { isoTime, nonNegativeUcr } from '@parley/contracts';
import { pageQuery } from '@parley/platform';
import { z } from 'zod';
import { orgIdInput, userIdInput } from '../accounts/accounts.dto.js';
import { reasonInput } from '../bookings/reason.js';
import { amountInput, toUcr } from '../ledger/amount.js';
import { type CreditRuleRecord, ruleKinds, ruleStates } from './credit-rule.schema.js';
import { refillPeriods } from './refill-period.js';
import type { RuleGrantRecord } from './rule-grant.schema.js';

const exampleUser = 'usr_1f0c9d2e7b6a4853a1d2c3b4e5f60718';
const exampleOrg = 'org_1f0c9d2e7b6a4853a1d2c3b4e5f60718';

export const createCreditRule = z
  .strictObject({
    kind: z.enum(ruleKinds),
    user_id: userIdInput.optional(),
    org_id: orgIdInput.optional().meta({ description: "An organisation's pool" }),
    members_of: orgIdInput.optional().meta({ description: 'Each active member of this organisation, on their own account' }),
    amount_ucr: amountInput(1),
    ceiling_ucr: amountInput(1).optional().meta({ description: 'A refill tops up to at most this balance' }),
    period: z.enum(refillPeriods).optional(),
    day: z.int().min(1).max(31).optional().meta({
      description: 'When the period begins (UTC): of a week 1 (Monday) to 7, of a month 1 to 31 or its last day; 1 when left out',
    }),
    starts_at: isoTime.optional().meta({ description: 'The first period is the first that begins then or later; now when left out' }),
    ends_at: isoTime.optional().meta({ description: 'No period that begins then or later is given for' }),
    expires_after_days: z.int().min(1).max(3_650).optional(),
    reason: reasonInput,
  })
  .superRefine((rule, context) => {
    const fault = whatIsWrong(rule);
    if (fault) context.addIssue({ code: 'custom', path: [fault[0]], message: fault[1] });
  })
  .meta({
    id: 'CreateCreditRule',
    examples: [
      { kind: 'refill', user_id: exampleUser, amount_ucr: 5_000_000, period: 'month', day: 1, reason: 'Plan M' },
      {
        kind: 'refill',
        members_of: exampleOrg,
        amount_ucr: 1_000_000,
        ceiling_ucr: 2_000_000,
        period: 'week',
        day: 1,
        expires_after_days: 7,
        reason: 'Weekly credits',
      },
      { kind: 'starting_balance', amount_ucr: 500_000, reason: 'Welcome' },
    ],
  }); // prettier-ignore
export type CreateCreditRule = z.infer<typeof createCreditRule>;

interface RuleInput {
  kind: string;
  user_id?: string | undefined;
  org_id?: string | undefined;
  members_of?: string | undefined;
  ceiling_ucr?: number | undefined;
  period?: string | undefined;
  day?: number | undefined;
  starts_at?: string | undefined;
  ends_at?: string | undefined;
}

function whatIsWrong(rule: RuleInput): [field: string, message: string] | undefined {
  const { kind, period, day, starts_at = '', ends_at } = rule;
  const receivers = [rule.user_id, rule.org_id, rule.members_of].filter((each) => each !== undefined);
  if (ends_at !== undefined && Date.parse(ends_at) <= Date.parse(starts_at)) return ['ends_at', 'is not after starts_at'];
  if (kind === 'starting_balance') {
    const isPlain = receivers.length === 0 && period === undefined && day === undefined && rule.ceiling_ucr === undefined;
    return isPlain ? undefined : ['kind', 'a starting balance is for all new users: it has no receiver, period or ceiling'];
  }
  if (receivers.length !== 1) return ['user_id', 'names one of user_id, org_id and members_of'];
  if (period === undefined) return ['period', 'a refill has a period'];
  if (day !== undefined && (period === 'day' || (period === 'week' && day > 7))) return ['day', 'is no day of this period'];
  return undefined;
} // prettier-ignore

export const changeCreditRule = z
  .strictObject({ state: z.enum(['active', 'paused']) })
  .meta({ id: 'ChangeCreditRule', examples: [{ state: 'paused' }, { state: 'active' }] });
export type ChangeCreditRule = z.infer<typeof changeCreditRule>;

export const creditRule = z
  .object({
    rule_id: z.string(),
    kind: z.enum(ruleKinds),
    user_id: z.string().optional(),
    org_id: z.string().optional(),
    members_of: z.string().optional(),
    amount_ucr: nonNegativeUcr,
    ceiling_ucr: nonNegativeUcr.optional(),
    period: z.enum(refillPeriods).optional(),
    day: z.int().optional(),
    starts_at: isoTime,
    ends_at: isoTime.optional(),
    expires_after_days: z.int().optional(),
    reason: z.string(),
    state: z.enum(ruleStates),
    last_period: z.string().optional().meta({ description: 'The last period for which everybody got theirs' }),
    created_at: isoTime,
  })
  .meta({ id: 'CreditRule' });
export type CreditRule = z.infer<typeof creditRule>;

export const creditRuleList = z
  .object({ data: z.array(creditRule), next_cursor: z.string().nullable() })
  .meta({ id: 'CreditRuleList' });

export const rulesQuery = z.strictObject(pageQuery);
export type RulesQuery = z.infer<typeof rulesQuery>;

export const toCreditRuleDto = (rule: CreditRuleRecord): CreditRule => ({
  rule_id: rule._id,
  kind: rule.kind,
  ...(rule.user_id ? { user_id: rule.user_id } : {}),
  ...(rule.org_id ? { org_id: rule.org_id } : {}),
  ...(rule.members_of ? { members_of: rule.members_of } : {}),
  amount_ucr: toUcr(rule.amount_ucr),
  ...(rule.ceiling_ucr === undefined ? {} : { ceiling_ucr: toUcr(rule.ceiling_ucr) }),
  ...(rule.period ? { period: rule.period } : {}),
  ...(rule.day === undefined ? {} : { day: rule.day }),
  starts_at: rule.starts_at.toISOString(),
  ...(rule.ends_at ? { ends_at: rule.ends_at.toISOString() } : {}),
  ...(rule.expires_after_days === undefined ? {} : { expires_after_days: rule.expires_after_days }),
  reason: rule.reason,
  state: rule.state,
  ...(rule.last_period ? { last_period: rule.last_period } : {}),
  created_at: rule.created_at.toISOString(),
});

export const ruleGrant = z
  .object({
    rule_id: z.string(),
    account_id: z.string(),
    period: z.string().meta({ description: 'The day on which the period began; `start` for a starting balance' }),
    amount_ucr: nonNegativeUcr.meta({ description: '0 where the account was at the ceiling' }),
    entry_id: z.string().nullable(),
    at: isoTime,
  })
  .meta({ id: 'RuleGrant' });
export type RuleGrant = z.infer<typeof ruleGrant>;

export const ruleGrantList = z
  .object({ data: z.array(ruleGrant), next_cursor: z.string().nullable() })
  .meta({ id: 'RuleGrantList' });

export const toRuleGrantDto = (grant: RuleGrantRecord): RuleGrant => ({
  rule_id: grant.rule_id,
  account_id: grant.account_id,
  period: grant.period,
  amount_ucr: toUcr(grant.amount_ucr),
  entry_id: grant.amount_ucr > 0n ? grant._id : null,
  at: grant.at.toISOString(),
});

export const startingBalance = z
  .object({ account_id: z.string(), amount_ucr: nonNegativeUcr, entry_id: z.string().nullable() })
  .meta({ id: 'StartingBalance' });
export type StartingBalance = z.infer<typeof startingBalance>;

export const toStartingBalanceDto = (account_id: string, grant: RuleGrantRecord | undefined): StartingBalance =>
  grant
    ? { account_id, amount_ucr: toUcr(grant.amount_ucr), entry_id: grant.amount_ucr > 0n ? grant._id : null }
    : { account_id, amount_ucr: 0, entry_id: null };
