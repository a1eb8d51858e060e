import type { holdStates, SettleHold } from '@parley/contracts';
import { cost, type Rates } from '../prices/cost.js';

export type HoldState = (typeof holdStates)[number];

/** How a held hold ends: amounts in micro-credits. */
export interface Closing {
  charged: bigint;
  /** What goes back to the account. */
  released: bigint;
  /** What the work cost beyond all that the account had. */
  uncollected: bigint;
}

/**
 * Settling never fails for lack of credits, because the work is done: it takes the hold first, then what is available beside
 * it, and never more, so that nobody's balance falls below what others have set aside.
 */
export function settlement(amount: bigint, actual: bigint, available: bigint): Closing {
  const most = amount + available;
  const charged = actual < most ? actual : most;
  return { charged, released: charged < amount ? amount - charged : 0n, uncollected: actual - charged };
}

/** Nothing was generated. */
export const release = (amount: bigint): Closing => ({ charged: 0n, released: amount, uncollected: 0n });

/**
 * Who pays: what was used is charged when the answer was completed, stopped by its reader or interrupted; when the model
 * failed nothing is, unless the installation charges for output that had already come.
 */
export function billable({ outcome, usage }: SettleHold, rates: Rates, chargeOnUpstreamError: boolean): bigint {
  const isWaived = outcome === 'failed' && (!chargeOnUpstreamError || usage.output_tokens === 0);
  return isWaived ? 0n : cost({ input: usage.input_tokens, output: usage.output_tokens }, rates);
}
