import { Schema } from 'mongoose';
import { type Collection, counter, date, notNegativeLong, schemaOptions, text } from '../database/collection.js';
import type { CreditLot } from '../ledger/credit-lots.js';

/**
 * Which account has credits that expire, and when to look at it. What is left of them follows from the entries alone: the lots here
 * are how far that was worked out, so that not all entries are read again.
 */
export interface ExpiringCreditsRecord {
  /** The account. */
  _id: string;
  /** The number of the last entry that the lots take into account. */
  seq: number;
  lots: CreditLot[];
  /** When something may have to be taken back; missing while nothing is going to expire. */
  due_at?: Date;
}

const lot = new Schema<CreditLot>(
  {
    entry_id: { type: String, required: true },
    expires_at: { type: Date, required: true },
    left_ucr: { type: BigInt, required: true },
    taken: { type: Number, required: true },
  },
  { _id: false, strict: 'throw' },
);
const schema = new Schema<ExpiringCreditsRecord>(
  {
    _id: { type: String, required: true },
    seq: { type: Number, required: true },
    lots: { type: [lot], required: true },
    due_at: Date,
  },
  schemaOptions('expiring_credits'),
);
schema.index({ due_at: 1 });

export const expiringCreditsCollection: Collection = {
  name: 'ExpiringCredits',
  schema,
  validator: {
    $jsonSchema: {
      bsonType: 'object',
      required: ['seq', 'lots'],
      properties: {
        seq: counter,
        due_at: date,
        lots: {
          bsonType: 'array',
          items: {
            bsonType: 'object',
            required: ['entry_id', 'expires_at', 'left_ucr', 'taken'],
            properties: { entry_id: text, expires_at: date, left_ucr: notNegativeLong, taken: counter },
          },
        },
      },
    },
  },
};
