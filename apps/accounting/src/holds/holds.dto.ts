import type { ClosedHold, createHold, Hold, PlacedHold } from '@parley/contracts';
import type { z } from 'zod';
import { toUcr } from '../ledger/amount.js';
import { isSettledLate } from './hold.js';
import type { HoldRecord } from './hold.schema.js';

/** A request as it is after its defaults were filled in. */
export type HoldRequest = z.output<typeof createHold>;

export const toHoldDto = (record: HoldRecord): Hold => ({
  hold_id: record._id,
  account_id: record.account_id,
  state: record.state,
  model: record.model,
  price_id: record.price_id,
  amount_ucr: toUcr(record.amount_ucr),
  used_ucr: toUcr(record.used_ucr),
  max_output_tokens: record.max_output_tokens,
  charged_ucr: toUcr(record.charged_ucr),
  released_ucr: toUcr(record.released_ucr),
  uncollected_ucr: toUcr(record.uncollected_ucr),
  created_at: record.created_at.toISOString(),
  expires_at: record.expires_at.toISOString(),
});

/** The answer to the request that made a hold: what it was then, whatever has become of it since. */
export const toPlacedHoldDto = (record: HoldRecord): PlacedHold => ({
  ...toHoldDto(record),
  state: 'held',
  amount_ucr: toUcr(record.opening.amount_ucr),
  used_ucr: 0,
  max_output_tokens: record.opening.max_output_tokens,
  // Old holds did not store what the account could have paid for; it was at least the hold itself.
  affordable_output_tokens: record.opening.affordable_output_tokens ?? record.opening.max_output_tokens,
  expires_at: record.opening.expires_at.toISOString(),
  charged_ucr: 0,
  released_ucr: 0,
  uncollected_ucr: 0,
});

export const toClosedHoldDto = (record: HoldRecord, balanceAfter: bigint): ClosedHold => ({
  ...toHoldDto(record),
  balance_ucr: toUcr(balanceAfter),
  late: isSettledLate(record),
});
