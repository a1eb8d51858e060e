import { modelId, nonNegativeUcr, type Price, tokenCount } from '@parley/contracts';
import { pageQuery, withCode } from '@parley/platform';
import { z } from 'zod';
import { amountInput, toUcr } from '../ledger/amount.js';
import type { PriceVersionRecord } from './price-version.schema.js';

/** The dearest rate there may be: with it the largest possible call still costs less than JSON can carry exactly. */
const maxRateUcr = 1_000_000_000_000;

const rate = () =>
  amountInput(0).max(maxRateUcr, withCode('price_invalid', `A rate is at most ${maxRateUcr} micro-credits.`));

const cacheRate = (what: string): string =>
  `Micro-credits for one million tokens of input that the provider ${what}, in place of the input rate; the same as that when left out`;

export const modelParam = modelId.meta({ description: 'The model, percent-encoded: its id may hold / and :' });

/** Cached tokens cost what other input costs unless the price says otherwise, so that no omission gives them away. */
export const createPrice = z
  .strictObject({
    input_ucr_per_mtok: rate(),
    output_ucr_per_mtok: rate(),
    cache_read_ucr_per_mtok: rate()
      .optional()
      .meta({ description: cacheRate('read from its cache') }),
    cache_write_ucr_per_mtok: rate()
      .optional()
      .meta({ description: cacheRate('wrote into its cache') }),
    per_call_ucr: rate().default(0),
    free: z.boolean().default(false),
  })
  .refine(
    ({ free, ...rates }) => free === Object.values(rates).every((value) => value === 0),
    withCode('price_invalid', 'A price of nothing needs "free": true, and a free model has no rates.'),
  )
  .meta({
    id: 'CreatePrice',
    examples: [
      { input_ucr_per_mtok: 2_500_000, output_ucr_per_mtok: 10_000_000, cache_read_ucr_per_mtok: 1_250_000 },
      { input_ucr_per_mtok: 0, output_ucr_per_mtok: 0, free: true },
    ],
  });
export type CreatePrice = z.output<typeof createPrice>;

export const pricesQuery = z.strictObject(pageQuery);
export type PricesQuery = z.infer<typeof pricesQuery>;

export const createEstimate = z
  .strictObject({ model: modelId, input_tokens: tokenCount, max_output_tokens: tokenCount })
  .meta({
    id: 'CreateEstimate',
    examples: [{ model: 'parley-eliza', input_tokens: 1_200, max_output_tokens: 800 }],
  });
export type CreateEstimate = z.infer<typeof createEstimate>;

export const estimate = z
  .object({ min_ucr: nonNegativeUcr, max_ucr: nonNegativeUcr, price_id: z.string() })
  .meta({ id: 'Estimate' });
export type Estimate = z.infer<typeof estimate>;

export const toPriceDto = (record: PriceVersionRecord): Price => ({
  price_id: record._id,
  model: record.model,
  input_ucr_per_mtok: toUcr(record.input_ucr_per_mtok),
  output_ucr_per_mtok: toUcr(record.output_ucr_per_mtok),
  cache_read_ucr_per_mtok: toUcr(record.cache_read_ucr_per_mtok),
  cache_write_ucr_per_mtok: toUcr(record.cache_write_ucr_per_mtok),
  per_call_ucr: toUcr(record.per_call_ucr),
  free: record.free,
  effective_at: record.effective_at.toISOString(),
});
