import { Schema } from 'mongoose';
import { type Collection, counter, date, notNegativeLong, schemaOptions, text } from '../database/collection.js';

/** Up to where an account's entries were found in order, and what they came to there. Only what comes after is read every hour. */
export interface CheckpointRecord {
  /** The account. */
  _id: string;
  seq: number;
  balance_ucr: bigint;
  held_ucr: bigint;
  /** The link of that entry in the account's chain. */
  link: string;
  /** What the links are made of. */
  form: number;
  at: Date;
}

const required = { type: String, required: true } as const;
const count = { type: Number, required: true } as const;
const amount = { type: BigInt, required: true } as const;

export const checkpointCollection: Collection = {
  name: 'ReconCheckpoint',
  schema: new Schema<CheckpointRecord>(
    {
      _id: required,
      seq: count,
      balance_ucr: amount,
      held_ucr: amount,
      link: required,
      form: count,
      at: { type: Date, required: true },
    },
    schemaOptions('recon_checkpoints'),
  ),
  validator: {
    $jsonSchema: {
      bsonType: 'object',
      required: ['seq', 'balance_ucr', 'held_ucr', 'link', 'form', 'at'],
      properties: { seq: counter, balance_ucr: notNegativeLong, held_ucr: notNegativeLong, link: text, at: date },
    },
  },
};
