import { maxTokenCount } from '@parley/contracts';
import { affordableOutput, highestCost, type Rates } from '../prices/cost.js';
import type { HoldRequest } from './holds.dto.js';

/** What a hold is told of the output that it may have, and what is reserved for it. */
export interface Promised {
  affordable_output_tokens: number;
  promised_ucr: bigint;
}

/**
 * Promises as much of what is wanted as is free, and always what the hold itself is for: that alone can be more than is free, so
 * all promises together exceed an account by less than one hold as it is made.
 * @param freeUcr what no other hold has or was promised
 */
export function promiseOf(
  { input_tokens: input, max_output_tokens: held, wanted_output_tokens: wanted = held }: HoldRequest,
  freeUcr: bigint,
  rates: Rates,
): Promised {
  const free = freeUcr > 0n ? freeUcr : 0n;
  const affordable = Math.max(held, affordableOutput(free, input, rates, maxTokenCount));
  const output = Math.max(held, Math.min(wanted, affordable));
  return { affordable_output_tokens: affordable, promised_ucr: highestCost({ input, output }, rates) };
}
