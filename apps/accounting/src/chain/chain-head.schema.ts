import { Schema } from 'mongoose';
import { type Collection, counter, date, schemaOptions, text } from '../database/collection.js';

/** How far an account's chain is sealed. */
export interface ChainHeadRecord {
  /** The account. */
  _id: string;
  seq: number;
  hash: string;
  /** Which form the links have; the oldest chains do not say. */
  form?: number;
  at: Date;
}

export const chainHeadCollection: Collection = {
  name: 'ChainHead',
  schema: new Schema<ChainHeadRecord>(
    {
      _id: { type: String, required: true },
      seq: { type: Number, required: true },
      hash: { type: String, required: true },
      form: Number,
      at: { type: Date, required: true },
    },
    schemaOptions('chain_heads'),
  ),
  validator: {
    $jsonSchema: {
      bsonType: 'object',
      required: ['seq', 'hash', 'at'],
      properties: { seq: counter, hash: text, at: date },
    },
  },
};
