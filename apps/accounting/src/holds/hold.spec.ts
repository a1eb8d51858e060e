import { describe, expect, it } from '@jest/globals';
import type { SettleHold } from '@parley/contracts';
import fc from 'fast-check';
import { cost, type Rates } from '../prices/cost.js';
import { billable, release, settlement } from './hold.js';

const rates: Rates = {
  input: 2_000_000n,
  output: 10_000_000n,
  cacheRead: 2_000_000n,
  cacheWrite: 2_000_000n,
  perCall: 100n,
};
const ended = (outcome: SettleHold['outcome'], input_tokens: number, output_tokens: number): SettleHold => ({
  streaming_session_id: 'stream-1',
  usage: { input_tokens, output_tokens, source: 'provider' },
  outcome,
});

describe('settlement', () => {
  it.each([
    ['nothing used', [75n, 0n, 425n], [0n, 75n, 0n]],
    ['less than held', [75n, 30n, 425n], [30n, 45n, 0n]],
    ['exactly what is held', [75n, 75n, 425n], [75n, 0n, 0n]],
    ['more than held, and it is there', [75n, 100n, 425n], [100n, 0n, 0n]],
    ['all that there is', [75n, 500n, 425n], [500n, 0n, 0n]],
    ['more than there is', [75n, 501n, 425n], [500n, 0n, 1n]],
    ['more than held with nothing beside it', [75n, 80n, 0n], [75n, 0n, 5n]],
    ['a hold of a free model', [0n, 0n, 0n], [0n, 0n, 0n]],
  ] as const)('of %s', (_name, [amount, actual, available], [charged, released, uncollected]) => {
    expect(settlement(amount, actual, available)).toEqual({ charged, released, uncollected });
  });

  it('loses nothing, makes nothing and never takes more than there is', () => {
    const ucr = fc.bigInt(0n, 10n ** 15n);
    fc.assert(
      fc.property(ucr, ucr, ucr, (amount, actual, available) => {
        const { charged, released, uncollected } = settlement(amount, actual, available);
        const drawn = charged > amount ? charged - amount : 0n;
        return (
          charged + uncollected === actual &&
          charged + released === amount + drawn &&
          drawn <= available &&
          released >= 0n &&
          uncollected >= 0n
        );
      }),
    );
  });
});

describe('release', () => {
  it('gives all of it back', () => {
    expect(release(75n)).toEqual({ charged: 0n, released: 75n, uncollected: 0n });
  });
});

describe('billable', () => {
  it.each([
    ['completed', 12, 34, false, 464n],
    ['stopped', 12, 34, false, 464n],
    ['interrupted', 12, 34, false, 464n],
    ['failed', 12, 34, false, 0n],
    ['failed', 12, 34, true, 464n],
    ['failed', 12, 0, true, 0n],
    ['completed', 12, 0, false, 124n],
  ] as const)(
    'charges an answer that was %s (%d in, %d out, failures charged: %s)',
    (outcome, input, output, charge, ucr) => {
      expect(billable(ended(outcome, input, output), rates, charge)).toBe(ucr);
    },
  );

  it('never comes to more than was held while the output stays within its maximum', () => {
    const count = fc.integer({ min: 0, max: 100_000_000 });
    const rate = fc.bigInt(0n, 10n ** 12n);
    const anyRates = fc.record({ input: rate, output: rate, cacheRead: rate, cacheWrite: rate, perCall: rate });
    fc.assert(
      fc.property(count, count, count, anyRates, (input, a, b, prices) => {
        const [output, max] = a < b ? [a, b] : [b, a];
        return billable(ended('completed', input, output), prices, false) <= cost({ input, output: max }, prices);
      }),
    );
  });
});
