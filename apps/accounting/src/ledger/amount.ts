import { withCode } from '@parley/platform';
import { z } from 'zod';

/** The largest amount that JSON carries exactly; no balance grows beyond it. */
export const maxUcr = BigInt(Number.MAX_SAFE_INTEGER);

const wholeNumber = {
  error: withCode('amount_invalid', 'An amount is a whole number of micro-credits, up to 9007199254740991.'),
};

/** An amount in a request: a JSON integer of at least `least`; everything else is `amount_invalid`. */
export const amountInput = (least: 0 | 1) =>
  z.int(wholeNumber).min(least, wholeNumber).meta({ description: 'Micro-credits (1 credit = 1,000,000)' });

/** An amount as JSON carries it. @throws RangeError when it would lose a digit: a wrong number must never leave */
export function toUcr(amount: bigint): number {
  if (amount > maxUcr || amount < -maxUcr) throw new RangeError('an amount is beyond what JSON carries exactly');
  return Number(amount);
}
