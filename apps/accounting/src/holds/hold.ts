import { type holdStates, maxTokenCount, type ProgressHold, type SettleHold, type Usage } from '@parley/contracts';
import { cost, highestCost, type Rates, type TokenCounts } from '../prices/cost.js';
import type { HoldRecord } from './hold.schema.js';

export type HoldState = (typeof holdStates)[number];

/** What its entries say about the API key, where one was used. */
export const keyOf = ({ api_key_id: apiKeyId }: Pick<HoldRecord, 'api_key_id'>) =>
  apiKeyId === undefined ? {} : { apiKeyId };

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

/** Nobody has said for too long that the work goes on: what was reported is charged. */
export const expiry = (amount: bigint, used: bigint): Closing => settlement(amount, used, 0n);

/**
 * A settlement after the expiry charges the difference to what was charged then, as far as that is available now. If the expiry
 * charged too much, nothing is returned here: that is a refund, for which a person answers.
 */
export function lateSettlement(
  actual: bigint,
  charged: bigint,
  available: bigint,
): Pick<Closing, 'charged' | 'uncollected'> {
  const rest = beyond(actual, charged);
  const more = rest < available ? rest : available;
  return { charged: more, uncollected: rest - more };
}

/** Whether a hold was settled only after it had expired. */
export const isSettledLate = ({ state }: Pick<HoldRecord, 'state'>): boolean => state === 'late';

/** The part of a cost that was not charged before. */
export const beyond = (cost: bigint, charged: bigint): bigint => (cost > charged ? cost - charged : 0n);

/**
 * Who pays: what was used is charged when the answer was completed, stopped by its reader or interrupted; when the model
 * failed nothing is, unless the installation charges for output that had already come.
 */
export function billable(settled: SettleHold, rates: Rates, chargeOnUpstreamError: boolean): bigint {
  return isWaived(settled, chargeOnUpstreamError) ? 0n : costOf(settled.usage, rates);
}

/** What we bear ourselves: the price of output that came before the model failed and is not charged. */
export function writtenOff(settled: SettleHold, rates: Rates, chargeOnUpstreamError: boolean): bigint {
  const isOurs = isWaived(settled, chargeOnUpstreamError) && settled.usage.output_tokens > 0;
  return isOurs ? costOf(settled.usage, rates) : 0n;
}

const isWaived = ({ outcome, usage }: SettleHold, chargeOnUpstreamError: boolean): boolean =>
  outcome === 'failed' && (!chargeOnUpstreamError || usage.output_tokens === 0);

export const costOf = (usage: Usage, rates: Rates): bigint => cost(tokensOf(usage), rates);

/** Each token of input counts once, as what it was. */
function tokensOf(usage: Usage): TokenCounts {
  const { cache_read_tokens: cacheRead = 0, cache_write_tokens: cacheWrite = 0 } = usage;
  return { input: usage.input_tokens - cacheRead - cacheWrite, output: usage.output_tokens, cacheRead, cacheWrite };
}

/** The part of a hold that a progress may raise. */
export type HoldSize = Pick<HoldRecord, 'amount_ucr' | 'used_ucr' | 'max_output_tokens'>;

/**
 * How large a hold has to be for a progress: never smaller than it is, never smaller than what was used, and for no more output
 * than a call can have.
 */
export function sizeFor(
  hold: HoldSize,
  { usage, top_up_output_tokens: more = 0 }: ProgressHold,
  rates: Rates,
): HoldSize {
  const output = Math.min(usage.output_tokens + more, maxTokenCount);
  const target = highestCost({ input: usage.input_tokens, output }, rates);
  const amount = target > hold.amount_ucr ? target : hold.amount_ucr;
  return {
    amount_ucr: amount,
    used_ucr: usedWithin(amount, hold, usage, rates),
    max_output_tokens: Math.max(hold.max_output_tokens, output),
  };
}

/**
 * What counts as used while the hold keeps its size: an expiry never charges more than the hold. Before the model has answered
 * nothing is used, because a call that fails without output is free.
 */
export function usedWithin(amount: bigint, hold: HoldSize, usage: Usage, rates: Rates): bigint {
  const reported = usage.output_tokens === 0 ? 0n : costOf(usage, rates);
  const most = reported < amount ? reported : amount;
  return most > hold.used_ucr ? most : hold.used_ucr;
}
