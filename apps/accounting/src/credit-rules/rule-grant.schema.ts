import { Schema } from 'mongoose';
import { appendOnly, type Collection, date, notNegativeLong, schemaOptions, text } from '../database/collection.js';

/** What a rule has given to one account for one period, also when that was nothing. It is written with the entry, once. */
export interface RuleGrantRecord {
  /** Made of the rule, the account and the period; the entry has the same one. */
  _id: string;
  rule_id: string;
  account_id: string;
  /** The day on which the period began; `start` for a starting balance. */
  period: string;
  /** Nothing where the account was at the ceiling; then there is no entry. */
  amount_ucr: bigint;
  at: Date;
}

const required = { type: String, required: true } as const;
const schema = new Schema<RuleGrantRecord>(
  {
    _id: required,
    rule_id: required,
    account_id: required,
    period: required,
    amount_ucr: { type: BigInt, required: true },
    at: { type: Date, required: true },
  },
  schemaOptions('credit_rule_grants'),
);
schema.index({ rule_id: 1, _id: 1 });
appendOnly(schema);

export const ruleGrantCollection: Collection = {
  name: 'CreditRuleGrant',
  schema,
  validator: {
    $jsonSchema: {
      bsonType: 'object',
      required: ['rule_id', 'account_id', 'period', 'amount_ucr', 'at'],
      properties: { rule_id: text, account_id: text, period: text, amount_ucr: notNegativeLong, at: date },
    },
  },
};
