import { type CreateHold, holdStates, type SettleHold, type Usage } from '@parley/contracts';
import { Schema } from 'mongoose';
import { type Collection, counter, date, notNegativeLong, schemaOptions, text } from '../database/collection.js';
import { usageSchema } from '../ledger/usage.schema.js';
import type { HoldState } from './hold.js';

/** Credits set aside for one generation, and how that ended. */
export interface HoldRecord {
  /** The streaming session id. */
  _id: string;
  account_id: string;
  user_id: string;
  /** The API key that it was asked for with, by a program. */
  api_key_id?: string;
  chat_session_id: CreateHold['chat_session_id'];
  model: string;
  /** The price version that everything about this hold is computed with. */
  price_id: string;
  /** The service that made it; to every other one it does not exist. */
  service: string;
  state: HoldState;
  amount_ucr: bigint;
  /**
   * What the answer may come to: no other hold is promised the same credits while this one is open. Top-ups within it take
   * what is reserved already. Old holds do not say; they were promised their amount.
   */
  promised_ucr?: bigint;
  /** What the work reported so far costs, never more than the amount. */
  used_ucr: bigint;
  /** What the request that made it was answered; a repetition gets it again, whatever was topped up since. */
  opening: Pick<HoldRecord, 'amount_ucr' | 'max_output_tokens' | 'expires_at'> & { affordable_output_tokens?: number };
  /** The output that the amount covers. */
  max_output_tokens: number;
  ttl_seconds: number;
  /** From here on, by the database's clock, the hold counts as abandoned. */
  expires_at: Date;
  /** The number of the last progress. */
  progress_seq: number;
  /** The usage that was reported so far: all that is known of an answer that nobody settles. */
  reported?: Usage;
  charged_ucr: bigint;
  released_ucr: bigint;
  uncollected_ucr: bigint;
  request_hash: string;
  created_at: Date;
  /** The caps of members and keys that it counts under. */
  caps?: string[];
  usage?: Usage;
  /** Written with the state of the same name, which alone is read. */
  late?: boolean;
  outcome?: SettleHold['outcome'];
  settle_hash?: string;
  closed_by?: string;
  closed_at?: Date;
}

const required = { type: String, required: true } as const;
const amount = { type: BigInt, required: true } as const;
const count = { type: Number, required: true } as const;
const schema = new Schema<HoldRecord>(
  {
    _id: required,
    account_id: required,
    user_id: required,
    api_key_id: String,
    chat_session_id: required,
    model: required,
    price_id: required,
    service: required,
    state: required,
    amount_ucr: amount,
    promised_ucr: BigInt,
    used_ucr: amount,
    max_output_tokens: count,
    ttl_seconds: count,
    expires_at: { type: Date, required: true },
    progress_seq: count,
    reported: usageSchema,
    opening: new Schema<HoldRecord['opening']>(
      {
        amount_ucr: amount,
        max_output_tokens: count,
        affordable_output_tokens: Number,
        expires_at: { type: Date, required: true },
      },
      { _id: false, strict: 'throw' },
    ),
    charged_ucr: amount,
    released_ucr: amount,
    uncollected_ucr: amount,
    request_hash: required,
    created_at: { type: Date, required: true },
    caps: { type: [String], default: undefined },
    usage: usageSchema,
    late: Boolean,
    outcome: String,
    settle_hash: String,
    closed_by: String,
    closed_at: Date,
  },
  schemaOptions('credit_holds'),
);
schema.index({ account_id: 1, state: 1 });
schema.index({ state: 1, expires_at: 1 }, { partialFilterExpression: { state: 'held' } });
schema.index({ user_id: 1, _id: -1 });
// Finds at once that there is nothing obsolete.
schema.index({ state: 1 }, { partialFilterExpression: { state: 'denied' } });

export const holdCollection: Collection = {
  name: 'CreditHold',
  schema,
  // Earlier versions stored what they refused. It never held anything, and its ids are free again.
  obsolete: { state: 'denied' },
  validator: {
    $jsonSchema: {
      bsonType: 'object',
      required: [
        ...['account_id', 'user_id', 'chat_session_id', 'model', 'price_id', 'service', 'state', 'request_hash'],
        ...['amount_ucr', 'used_ucr', 'charged_ucr', 'released_ucr', 'uncollected_ucr'],
        ...['max_output_tokens', 'ttl_seconds', 'progress_seq', 'created_at', 'expires_at'],
      ],
      properties: {
        account_id: text,
        price_id: text,
        service: text,
        state: { enum: [...holdStates] },
        amount_ucr: notNegativeLong,
        promised_ucr: notNegativeLong,
        used_ucr: notNegativeLong,
        max_output_tokens: counter,
        ttl_seconds: counter,
        progress_seq: counter,
        charged_ucr: notNegativeLong,
        released_ucr: notNegativeLong,
        uncollected_ucr: notNegativeLong,
        created_at: date,
        expires_at: date,
      },
    },
    $expr: { $gte: ['$amount_ucr', '$used_ucr'] },
  },
};
