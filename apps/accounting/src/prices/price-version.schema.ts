import { Schema } from 'mongoose';
import { appendOnly, type Collection, date, notNegativeLong, schemaOptions, text } from '../database/collection.js';
import type { Rates } from './cost.js';

/** What a model costs from one moment on. A version is never changed, because holds and entries point at it. */
export interface PriceVersionRecord {
  _id: string;
  model: string;
  /** 1 for a model's first price; the highest is the one in force. */
  version: number;
  input_ucr_per_mtok: bigint;
  output_ucr_per_mtok: bigint;
  cache_read_ucr_per_mtok: bigint;
  cache_write_ucr_per_mtok: bigint;
  per_call_ucr: bigint;
  free: boolean;
  effective_at: Date;
  created_by: string;
}

const rate = { type: BigInt, required: true } as const;
const schema = new Schema<PriceVersionRecord>(
  {
    _id: { type: String, required: true },
    model: { type: String, required: true },
    version: { type: Number, required: true },
    input_ucr_per_mtok: rate,
    output_ucr_per_mtok: rate,
    cache_read_ucr_per_mtok: rate,
    cache_write_ucr_per_mtok: rate,
    per_call_ucr: rate,
    free: { type: Boolean, required: true },
    effective_at: { type: Date, required: true },
    created_by: { type: String, required: true },
  },
  schemaOptions('price_versions'),
);
// Two writers cannot both make the next version; clocks that go back cannot bring an old price into force again.
schema.index({ model: 1, version: -1 }, { unique: true });
appendOnly(schema);

const rateNames = [
  'input_ucr_per_mtok',
  'output_ucr_per_mtok',
  'cache_read_ucr_per_mtok',
  'cache_write_ucr_per_mtok',
  'per_call_ucr',
] as const;

export const priceCollection: Collection = {
  name: 'PriceVersion',
  schema,
  validator: {
    $jsonSchema: {
      bsonType: 'object',
      required: ['model', 'version', 'free', 'effective_at', 'created_by', ...rateNames],
      properties: {
        model: text,
        version: { bsonType: ['int', 'long'], minimum: 1 },
        free: { bsonType: 'bool' },
        effective_at: date,
        created_by: text,
        ...Object.fromEntries(rateNames.map((name) => [name, notNegativeLong])),
      },
    },
  },
};

export const ratesOf = (price: PriceVersionRecord): Rates => ({
  input: price.input_ucr_per_mtok,
  output: price.output_ucr_per_mtok,
  cacheRead: price.cache_read_ucr_per_mtok,
  cacheWrite: price.cache_write_ucr_per_mtok,
  perCall: price.per_call_ucr,
});
