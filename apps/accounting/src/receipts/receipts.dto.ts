import { hold, isoTime, nonNegativeUcr, price, streamOutcomes, usage } from '@parley/contracts';
import { z } from 'zod';
import { entry, toEntryDto } from '../entries/entries.dto.js';
import { isSettledLate } from '../holds/hold.js';
import type { HoldRecord } from '../holds/hold.schema.js';
import { toHoldDto } from '../holds/holds.dto.js';
import { toUcr } from '../ledger/amount.js';
import type { EntryRecord } from '../ledger/ledger-entry.schema.js';
import { toUsage } from '../ledger/usage.schema.js';
import type { PriceVersionRecord } from '../prices/price-version.schema.js';
import { toPriceDto } from '../prices/prices.dto.js';
import { type PayRule, payRules, whoPaid } from './who-paid.js';

const rule = z.enum(Object.keys(payRules) as [PayRule, ...PayRule[]]);

export const receipt = z
  .object({
    entry,
    /** The rest is there when the entry is about a stream. */
    model: z.string().optional(),
    api_key_id: z.string().optional().meta({ description: 'The API key with which the answer was asked for' }),
    price: price.optional(),
    hold: hold.optional(),
    settlement: z
      .object({
        usage: usage.optional(),
        outcome: z.enum(streamOutcomes).optional(),
        charged_ucr: nonNegativeUcr,
        released_ucr: nonNegativeUcr,
        uncollected_ucr: nonNegativeUcr,
        written_off_ucr: nonNegativeUcr,
        refunded_ucr: nonNegativeUcr,
        late: z.boolean(),
        closed_at: isoTime.optional(),
      })
      .optional(),
    who_pays: z.object({ rule, explanation: z.string() }).optional(),
  })
  .meta({ id: 'Receipt' });
export type Receipt = z.infer<typeof receipt>;

export function toReceiptDto(
  of: EntryRecord,
  about?: { hold: HoldRecord; price: PriceVersionRecord; entries: EntryRecord[] },
): Receipt {
  if (!about) return { entry: toEntryDto(of) };
  const { hold, price, entries } = about;
  const writtenOff = entries.reduce((sum, record) => sum + (record.written_off_ucr ?? 0n), 0n);
  const expired = entries.find(({ type }) => type === 'expire');
  const applied = whoPaid(hold, -(expired?.delta_ucr ?? 0n));
  return {
    entry: toEntryDto(of),
    model: hold.model,
    ...(hold.api_key_id ? { api_key_id: hold.api_key_id } : {}),
    price: toPriceDto(price),
    hold: toHoldDto(hold),
    settlement: toSettlement(hold, writtenOff, entries),
    who_pays: { rule: applied, explanation: payRules[applied] },
  };
}

function toSettlement(hold: HoldRecord, writtenOff: bigint, entries: EntryRecord[]): Receipt['settlement'] {
  const refunds = entries.filter(({ type }) => type === 'refund');
  // If nobody settled the answer, what it last reported is all that is known.
  const used = hold.usage ?? (hold.state === 'expired' ? hold.reported : undefined);
  return {
    ...(used ? { usage: toUsage(used) } : {}),
    ...(hold.outcome ? { outcome: hold.outcome } : {}),
    charged_ucr: toUcr(hold.charged_ucr),
    released_ucr: toUcr(hold.released_ucr),
    uncollected_ucr: toUcr(hold.uncollected_ucr),
    written_off_ucr: toUcr(writtenOff),
    refunded_ucr: toUcr(refunds.reduce((sum, { delta_ucr: delta }) => sum + delta, 0n)),
    late: isSettledLate(hold),
    ...(hold.closed_at ? { closed_at: hold.closed_at.toISOString() } : {}),
  };
}
