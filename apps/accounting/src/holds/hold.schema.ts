import { type CreateHold, holdStates, type SettleHold, type Usage } from '@parley/contracts';
import { type HydratedDocument, Schema } from 'mongoose';
import { type Collection, date, notNegativeLong, schemaOptions, text } from '../database/collection.js';
import { usageSchema } from '../ledger/ledger-entry.schema.js';
import type { HoldState } from './hold.js';

/** Credits set aside for one generation, and how that ended. */
export interface HoldRow {
  /** The streaming session id. */
  _id: string;
  account_id: string;
  user_id: string;
  chat_session_id: CreateHold['chat_session_id'];
  model: string;
  /** The price version that everything about this hold is computed with. */
  price_id: string;
  /** The service that made it; to every other one it does not exist. */
  service: string;
  state: HoldState;
  amount_ucr: bigint;
  charged_ucr: bigint;
  released_ucr: bigint;
  uncollected_ucr: bigint;
  request_hash: string;
  created_at: Date;
  /** What was available when the hold was denied. */
  available_ucr?: bigint;
  usage?: Usage;
  outcome?: SettleHold['outcome'];
  settle_hash?: string;
  closed_by?: string;
  closed_at?: Date;
}
export type HoldDocument = HydratedDocument<HoldRow>;

const required = { type: String, required: true } as const;
const amount = { type: BigInt, required: true } as const;
const schema = new Schema<HoldRow>(
  {
    _id: required,
    account_id: required,
    user_id: required,
    chat_session_id: required,
    model: required,
    price_id: required,
    service: required,
    state: required,
    amount_ucr: amount,
    charged_ucr: amount,
    released_ucr: amount,
    uncollected_ucr: amount,
    request_hash: required,
    created_at: { type: Date, required: true },
    available_ucr: BigInt,
    usage: usageSchema,
    outcome: String,
    settle_hash: String,
    closed_by: String,
    closed_at: Date,
  },
  schemaOptions('credit_holds'),
);
schema.index({ account_id: 1, state: 1 });
schema.index({ user_id: 1, _id: -1 });

export const holdCollection: Collection = {
  name: 'CreditHold',
  schema,
  validator: {
    $jsonSchema: {
      bsonType: 'object',
      required: [
        ...['account_id', 'user_id', 'chat_session_id', 'model', 'price_id', 'service', 'state', 'request_hash'],
        ...['amount_ucr', 'charged_ucr', 'released_ucr', 'uncollected_ucr', 'created_at'],
      ],
      properties: {
        account_id: text,
        price_id: text,
        service: text,
        state: { enum: [...holdStates] },
        amount_ucr: notNegativeLong,
        charged_ucr: notNegativeLong,
        released_ucr: notNegativeLong,
        uncollected_ucr: notNegativeLong,
        created_at: date,
      },
    },
  },
};
