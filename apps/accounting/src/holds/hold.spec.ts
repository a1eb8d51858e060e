import { describe, expect, it } from '@jest/globals';
import { maxTokenCount, type SettleHold } from '@parley/contracts';
import fc from 'fast-check';
import { cost, highestCost, type Rates } from '../prices/cost.js';
import { billable, expiry, lateSettlement, release, settlement, sizeFor, usedWithin, writtenOff } from './hold.js';

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

const count = fc.integer({ min: 0, max: 100_000_000 });
const rate = fc.bigInt(0n, 10n ** 12n);
const anyRates = fc.record({ input: rate, output: rate, cacheRead: rate, cacheWrite: rate, perCall: rate });
/** Input of which some was read from a cache, some written into one, and some neither. */
const anyUsage = fc.tuple(count, count, count, count).map(([plain, read, write, output_tokens]) => ({
  input_tokens: plain + read + write,
  output_tokens,
  cache_read_tokens: read,
  cache_write_tokens: write,
  source: 'provider' as const,
}));

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

  it.each([
    ['read', { cache_read_tokens: 5 }, 457n],
    ['written', { cache_write_tokens: 5 }, 469n],
    ['read and written', { cache_read_tokens: 5, cache_write_tokens: 7 }, 464n],
  ])('charges tokens that a cache has %s at their own rate in place of the input rate', (_name, cached, ucr) => {
    const request = ended('completed', 12, 34);
    const cachedRates = { ...rates, cacheRead: 500_000n, cacheWrite: 3_000_000n };
    expect(billable({ ...request, usage: { ...request.usage, ...cached } }, cachedRates, false)).toBe(ucr);
  });

  it('never comes to more than was held while the tokens stay within it, whatever of them was cached', () => {
    fc.assert(
      fc.property(anyUsage, count, count, anyRates, (usage, moreInput, moreOutput, prices) => {
        const size = { input: usage.input_tokens + moreInput, output: usage.output_tokens + moreOutput };
        const settled: SettleHold = { streaming_session_id: 'stream-1', usage, outcome: 'completed' };
        return billable(settled, prices, false) <= highestCost(size, prices);
      }),
    );
  });

  it('of nothing cached is what it was without caches', () => {
    fc.assert(
      fc.property(count, count, anyRates, (input, output, prices) => {
        return billable(ended('completed', input, output), prices, false) === cost({ input, output }, prices);
      }),
    );
  });
});

describe('expiry', () => {
  it('charges what was reported and gives the rest back', () => {
    expect(expiry(75n, 30n)).toEqual({ charged: 30n, released: 45n, uncollected: 0n });
  });
});

describe('lateSettlement', () => {
  it.each([
    ['the difference', [50n, 30n, 425n], [20n, 0n]],
    ['no more than there is', [50n, 30n, 8n], [8n, 12n]],
    ['nothing from an empty account', [50n, 30n, 0n], [0n, 20n]],
    ['nothing where the expiry charged all of it', [30n, 30n, 425n], [0n, 0n]],
    ['nothing where the expiry charged too much', [20n, 30n, 425n], [0n, 0n]],
  ] as const)('takes %s', (_name, [actual, before, available], [charged, uncollected]) => {
    expect(lateSettlement(actual, before, available)).toEqual({ charged, uncollected });
  });
});

describe('writtenOff', () => {
  it.each([
    ['failed', 34, false, 464n],
    ['failed', 0, false, 0n],
    ['failed', 34, true, 0n],
    ['completed', 34, false, 0n],
    ['interrupted', 34, false, 0n],
  ] as const)(
    'of an answer that was %s with %d tokens of output (failures charged: %s)',
    (outcome, out, charge, ucr) => {
      expect(writtenOff(ended(outcome, 12, out), rates, charge)).toBe(ucr);
    },
  );
});

describe('a progress', () => {
  const held = { amount_ucr: 464n, used_ucr: 200n, max_output_tokens: 34 };
  const report = (output_tokens: number, top_up_output_tokens?: number) => ({
    streaming_session_id: 'stream-1',
    seq: 1,
    usage: { input_tokens: 12, output_tokens, source: 'estimated' as const },
    ...(top_up_output_tokens === undefined ? {} : { top_up_output_tokens }),
  });

  it.each([
    ['within the hold', report(20), { amount_ucr: 464n, used_ucr: 324n, max_output_tokens: 34 }],
    ['before the model has answered', report(0), { amount_ucr: 464n, used_ucr: 200n, max_output_tokens: 34 }],
    ['that goes back', report(1), { amount_ucr: 464n, used_ucr: 200n, max_output_tokens: 34 }],
    ['that asks for more', report(20, 30), { amount_ucr: 624n, used_ucr: 324n, max_output_tokens: 50 }],
    ['that asks for what is held', report(20, 14), { amount_ucr: 464n, used_ucr: 324n, max_output_tokens: 34 }],
    ['beyond the hold', report(40), { amount_ucr: 524n, used_ucr: 524n, max_output_tokens: 40 }],
  ])('%s', (_name, request, size) => {
    expect(sizeFor(held, request, rates)).toEqual(size);
  });

  it('is never for more output than any call has', () => {
    expect(sizeFor(held, report(60, maxTokenCount), rates).max_output_tokens).toBe(maxTokenCount);
  });

  it('never reports more than a hold that could not grow has', () => {
    expect(usedWithin(464n, held, report(40).usage, rates)).toBe(464n);
  });

  it('uses nothing before the model has answered, whatever it covers', () => {
    const fresh = { ...held, used_ucr: 0n };
    expect(sizeFor(fresh, report(0, 50), rates)).toEqual({ amount_ucr: 624n, used_ucr: 0n, max_output_tokens: 50 });
    expect(sizeFor(fresh, report(1), rates).used_ucr).toBe(134n);
  });

  it('makes nothing smaller, and repeated changes nothing', () => {
    const count = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(count, count, count, count, (max, first, second, more) => {
        const start = { amount_ucr: cost({ input: 12, output: max }, rates), used_ucr: 0n, max_output_tokens: max };
        const one = sizeFor(start, report(first, more), rates);
        const two = sizeFor(one, report(second), rates);
        expect(sizeFor(one, report(first, more), rates)).toEqual(one);
        return two.amount_ucr >= one.amount_ucr && two.used_ucr >= one.used_ucr && two.used_ucr <= two.amount_ucr;
      }),
    );
  });
});
