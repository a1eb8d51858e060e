import { hold, type Hold, nonNegativeUcr } from '@parley/contracts';
import { type z } from 'zod';
import { toUcr } from '../ledger/amount.js';
import type { HoldRow } from './hold.schema.js';

/** A hold that has just ended, and the account's balance right after that. */
export const closedHold = hold.extend({ balance_ucr: nonNegativeUcr }).meta({ id: 'ClosedHold' });
export type ClosedHold = z.infer<typeof closedHold>;

export const toHoldDto = (row: HoldRow): Hold => ({
  hold_id: row._id,
  account_id: row.account_id,
  state: row.state,
  model: row.model,
  price_id: row.price_id,
  amount_ucr: toUcr(row.amount_ucr),
  charged_ucr: toUcr(row.charged_ucr),
  released_ucr: toUcr(row.released_ucr),
  uncollected_ucr: toUcr(row.uncollected_ucr),
  created_at: row.created_at.toISOString(),
});

/** The answer to the request that made a hold: what it was then, whatever has become of it since. */
export const toCreatedHoldDto = (row: HoldRow): Hold => ({
  ...toHoldDto(row),
  state: 'held',
  charged_ucr: 0,
  released_ucr: 0,
  uncollected_ucr: 0,
});

export const toClosedHoldDto = (row: HoldRow, balanceAfter: bigint): ClosedHold => ({
  ...toHoldDto(row),
  balance_ucr: toUcr(balanceAfter),
});
