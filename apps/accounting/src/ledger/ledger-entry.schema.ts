import type { SettleHold, Usage } from '@parley/contracts';
import { Schema } from 'mongoose';
import {
  appendOnly,
  type Collection,
  date,
  long,
  notNegativeLong,
  schemaOptions,
  text,
} from '../database/collection.js';
import {
  type AccountFigures,
  type CapCorrection,
  type Correction,
  type Counterparty,
  type EntryType,
  entryTypes,
} from './posting.js';
import { usageSchema } from './usage.schema.js';

/** One immutable line of the ledger: what one operation did to one account, and how the account stood after it. */
export interface EntryRecord {
  /** The operation's own name, so that each operation is posted once. */
  _id: string;
  account_id: string;
  /** 1 for an account's first entry, without gaps. */
  seq: number;
  type: EntryType;
  delta_ucr: bigint;
  held_delta_ucr: bigint;
  balance_after_ucr: bigint;
  held_after_ucr: bigint;
  /** The other side of `delta_ucr`. */
  counterparty?: Counterparty;
  hold_id?: string;
  price_id?: string;
  usage?: Usage;
  outcome?: SettleHold['outcome'];
  actor: string;
  reason?: string;
  request_hash?: string;
  written_off_ucr?: bigint;
  refund_of?: string;
  /** When what it gives ends. */
  expires_at?: Date;
  /** Of an expiry: the entry that gave what it takes back. */
  expiry_of?: string;
  /** The rule by which it gives. */
  rule_id?: string;
  correction?: Correction;
  at: Date;
}

const amount = { type: BigInt, required: true } as const;
const figures = new Schema<AccountFigures>(
  {
    balance_ucr: amount,
    held_ucr: amount,
    open_holds: { type: Number, required: true },
    seq: { type: Number, required: true },
  },
  { _id: false, strict: 'throw' },
);
const capCorrection = new Schema<CapCorrection>(
  {
    cap_id: { type: String, required: true },
    held_before_ucr: amount,
    held_after_ucr: amount,
    spent_before_ucr: amount,
    spent_after_ucr: amount,
  },
  { _id: false, strict: 'throw' },
);
const correctionSchema = new Schema<Correction>(
  {
    before: { type: figures, required: true },
    after: { type: figures, required: true },
    caps: { type: [capCorrection], default: undefined },
  },
  { _id: false, strict: 'throw' },
);

const schema = new Schema<EntryRecord>(
  {
    _id: { type: String, required: true },
    account_id: { type: String, required: true },
    seq: { type: Number, required: true },
    type: { type: String, required: true },
    delta_ucr: { type: BigInt, required: true },
    held_delta_ucr: { type: BigInt, required: true },
    balance_after_ucr: { type: BigInt, required: true },
    held_after_ucr: { type: BigInt, required: true },
    counterparty: String,
    hold_id: String,
    price_id: String,
    usage: usageSchema,
    outcome: String,
    actor: { type: String, required: true },
    reason: String,
    request_hash: String,
    written_off_ucr: BigInt,
    refund_of: String,
    expires_at: Date,
    expiry_of: String,
    rule_id: String,
    correction: correctionSchema,
    at: { type: Date, required: true },
  },
  schemaOptions('credit_entries'),
);
schema.index({ account_id: 1, seq: 1 }, { unique: true });
schema.index({ account_id: 1, at: -1 });
schema.index({ hold_id: 1 });
schema.index({ counterparty: 1, at: 1 });
appendOnly(schema);

export const entryCollection: Collection = {
  name: 'CreditEntry',
  schema,
  validator: {
    $jsonSchema: {
      bsonType: 'object',
      required: [
        'account_id',
        'seq',
        'type',
        'delta_ucr',
        'held_delta_ucr',
        'balance_after_ucr',
        'held_after_ucr',
        'actor',
        'at',
      ],
      properties: {
        account_id: text,
        seq: { bsonType: ['int', 'long'], minimum: 1 },
        type: { enum: [...entryTypes] },
        delta_ucr: long,
        held_delta_ucr: long,
        balance_after_ucr: notNegativeLong,
        held_after_ucr: notNegativeLong,
        written_off_ucr: notNegativeLong,
        actor: text,
        expires_at: date,
        at: date,
      },
    },
    $expr: { $gte: ['$balance_after_ucr', '$held_after_ucr'] },
  },
};
