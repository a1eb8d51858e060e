import { isoTime, modelId, nonNegativeUcr } from '@parley/contracts';
import { z } from 'zod';
import { maxUcr } from '../ledger/amount.js';
import type { PricedUsage, TokenSums } from './usage-sums.js';
import { UsageErrors } from './usage.errors.js';

/** A year and a day, so that any year fits. */
const maxDays = 366;
const maxPeriodMs = maxDays * 24 * 60 * 60 * 1_000;

const moment = z.iso.datetime({ offset: true });
/** Not a number where one of the two is no moment, which is a fault of its own. */
const lengthOf = ({ from, to }: { from: string; to: string }): number => Date.parse(to) - Date.parse(from);

export const usageQuery = z
  .strictObject({
    from: moment.meta({ description: 'The first moment that counts', examples: ['2026-01-01T00:00:00Z'] }),
    to: moment.meta({ description: 'The first moment that no longer counts', examples: ['2026-02-01T00:00:00Z'] }),
    model: modelId.optional().meta({ description: 'Only this model' }),
    api_key_id: z.string().min(1).max(100).optional().meta({ description: 'Only the calls of this API key' }),
  })
  .refine((period) => !(lengthOf(period) <= 0), { path: ['to'], error: 'must be after from' })
  .refine((period) => !(lengthOf(period) > maxPeriodMs), {
    path: ['to'],
    error: `must be at most ${maxDays} days after from`,
  });
export type UsageQuery = z.infer<typeof usageQuery>;

const count = z.int().min(0);

const tokens = z.object({
  /** With the tokens that were cached. */
  input_tokens: count,
  output_tokens: count,
  cache_read_tokens: count,
  cache_write_tokens: count,
});
/** `settlements` are those whose usage this is. */
const tokenSums = tokens.extend({ settlements: count });

export const usageReport = z
  .object({
    from: isoTime,
    to: isoTime,
    data: z.array(
      z.object({
        model: z.string(),
        price_id: z.string(),
        /** Holds that were settled or that expired; what was released had no call. */
        calls: count,
        /** Those of the calls that expired. */
        expired: count,
        /** Late settlements. Their usage is in here; their calls were counted when they expired. */
        late: count,
        usage: z.object({ provider: tokenSums, estimated: tokenSums }),
        /** The expired calls that nobody has settled until now, and what they had reported; in none of the other usage. */
        abandoned: tokens.extend({ calls: count }),
        charged_ucr: nonNegativeUcr,
        /** What was due beyond all that the accounts had. */
        uncollected_ucr: nonNegativeUcr,
        /** What answers that failed have cost and nobody was charged. */
        written_off_ucr: nonNegativeUcr,
        /** What was given back in the period, whenever it had been charged. */
        refunded_ucr: nonNegativeUcr,
      }),
    ),
  })
  .meta({ id: 'UsageReport' });
export type UsageReport = z.infer<typeof usageReport>;

export const toUsageReport = (from: Date, to: Date, usages: readonly PricedUsage[]): UsageReport => ({
  from: from.toISOString(),
  to: to.toISOString(),
  data: usages.map(({ model, priceId, sums }) => ({
    model,
    price_id: priceId,
    calls: toTotal(sums.calls),
    expired: toTotal(sums.expired),
    late: toTotal(sums.lateSettlements),
    usage: { provider: toSettled(sums.usage.provider), estimated: toSettled(sums.usage.estimated) },
    abandoned: { calls: toTotal(sums.abandoned.calls), ...toTokens(sums.abandoned) },
    charged_ucr: toTotal(sums.charged),
    uncollected_ucr: toTotal(sums.uncollected),
    written_off_ucr: toTotal(sums.writtenOff),
    refunded_ucr: toTotal(sums.refunded),
  })),
});

const toSettled = (sums: TokenSums): z.infer<typeof tokenSums> => ({
  settlements: toTotal(sums.settlements),
  ...toTokens(sums),
});

const toTokens = (sums: Omit<TokenSums, 'settlements'>): z.infer<typeof tokens> => ({
  input_tokens: toTotal(sums.input),
  output_tokens: toTotal(sums.output),
  cache_read_tokens: toTotal(sums.cacheRead),
  cache_write_tokens: toTotal(sums.cacheWrite),
});

/** No single amount is beyond what JSON carries exactly, but many of them may be together. @throws DomainError `usage_too_large` */
function toTotal(sum: bigint): number {
  if (sum > maxUcr) throw UsageErrors.tooLarge();
  return Number(sum);
}
