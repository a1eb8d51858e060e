import { Schema } from 'mongoose';
import { type Collection, date, notNegativeLong, schemaOptions, text } from '../database/collection.js';
import { type Cadence, refillPeriods } from './refill-period.js';

export const ruleKinds = ['refill', 'starting_balance'] as const;
export const ruleStates = ['active', 'paused', 'deleted'] as const;

/** By what rule accounts are given credits. Only its state changes: another amount is another rule. */
export interface CreditRuleRecord {
  _id: string;
  kind: (typeof ruleKinds)[number];
  /** Of a refill exactly one: a user, the pool of an organisation, or each of its members. */
  user_id?: string;
  org_id?: string;
  members_of?: string;
  amount_ucr: bigint;
  /** What an account owns is topped up to at most this. */
  ceiling_ucr?: bigint;
  period?: Cadence['period'];
  day?: number;
  starts_at: Date;
  ends_at?: Date;
  /** For how many days what was given lasts. */
  expires_after_days?: number;
  reason: string;
  state: (typeof ruleStates)[number];
  /** The last period in which everybody got theirs. */
  last_period?: string;
  created_by: string;
  changed_by: string;
  request_hash: string;
  created_at: Date;
}

const required = { type: String, required: true } as const;
const schema = new Schema<CreditRuleRecord>(
  {
    _id: required,
    kind: required,
    user_id: String,
    org_id: String,
    members_of: String,
    amount_ucr: { type: BigInt, required: true },
    ceiling_ucr: BigInt,
    period: String,
    day: Number,
    starts_at: { type: Date, required: true },
    ends_at: Date,
    expires_after_days: Number,
    reason: required,
    state: required,
    last_period: String,
    created_by: required,
    changed_by: required,
    request_hash: required,
    created_at: { type: Date, required: true },
  },
  schemaOptions('credit_rules'),
);
schema.index({ created_at: -1, _id: -1 });
schema.index({ kind: 1, state: 1 });

export const creditRuleCollection: Collection = {
  name: 'CreditRule',
  schema,
  validator: {
    $jsonSchema: {
      bsonType: 'object',
      required: ['kind', 'amount_ucr', 'starts_at', 'reason', 'state', 'created_by', 'request_hash', 'created_at'],
      properties: {
        kind: { enum: [...ruleKinds] },
        state: { enum: [...ruleStates] },
        period: { enum: [...refillPeriods] },
        amount_ucr: notNegativeLong,
        ceiling_ucr: notNegativeLong,
        reason: text,
        starts_at: date,
        ends_at: date,
        created_at: date,
      },
    },
  },
};
