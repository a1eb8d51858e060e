import type { ClosedHold, createHold, Hold, PlacedHold } from '@parley/contracts';
import type { z } from 'zod';
import { toUcr } from '../ledger/amount.js';
import type { HoldRow } from './hold.schema.js';

/** A request as it is after its defaults were filled in. */
export type HoldRequest = z.output<typeof createHold>;

export const toHoldDto = (row: HoldRow): Hold => ({
  hold_id: row._id,
  account_id: row.account_id,
  state: row.state,
  model: row.model,
  price_id: row.price_id,
  amount_ucr: toUcr(row.amount_ucr),
  used_ucr: toUcr(row.used_ucr),
  max_output_tokens: row.max_output_tokens,
  charged_ucr: toUcr(row.charged_ucr),
  released_ucr: toUcr(row.released_ucr),
  uncollected_ucr: toUcr(row.uncollected_ucr),
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
});

/** The answer to the request that made a hold: what it was then, whatever has become of it since. */
export const toPlacedHoldDto = (row: HoldRow): PlacedHold => ({
  ...toHoldDto(row),
  state: 'held',
  amount_ucr: toUcr(row.opening.amount_ucr),
  used_ucr: 0,
  max_output_tokens: row.opening.max_output_tokens,
  // A hold of before it was asked how much the account could pay for was at least worth itself.
  affordable_output_tokens: row.opening.affordable_output_tokens ?? row.opening.max_output_tokens,
  expires_at: row.opening.expires_at.toISOString(),
  charged_ucr: 0,
  released_ucr: 0,
  uncollected_ucr: 0,
});

export const toClosedHoldDto = (row: HoldRow, balanceAfter: bigint): ClosedHold => ({
  ...toHoldDto(row),
  balance_ucr: toUcr(balanceAfter),
  late: row.late ?? false,
});
