import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { affordableOutput, cost, highestCost, lowestCost, type Rates, type TokenCounts } from './cost.js';

const free: Rates = { input: 0n, output: 0n, cacheRead: 0n, cacheWrite: 0n, perCall: 0n };
const rate = fc.bigInt(0n, 1_000_000_000_000n);
const anyRates = fc.record({ input: rate, output: rate, cacheRead: rate, cacheWrite: rate, perCall: rate });
const count = fc.integer({ min: 0, max: 100_000_000 });
const anyTokens = fc.record({ input: count, output: count, cacheRead: count, cacheWrite: count });
const kinds = ['input', 'output', 'cacheRead', 'cacheWrite'] as const;

/** The same sum as an exact fraction, without the formula under test: is `ucr` the least whole number not below it? */
const isRoundedUpOnce = (ucr: bigint, tokens: Required<TokenCounts>, rates: Rates): boolean => {
  const exact = kinds.reduce((sum, kind) => sum + BigInt(tokens[kind]) * rates[kind], rates.perCall * 1_000_000n);
  return ucr * 1_000_000n >= exact && (ucr - 1n) * 1_000_000n < exact;
};

describe('cost', () => {
  it.each([
    ['nothing', { input: 0, output: 0 }, free, 0n],
    ['a free model', { input: 5_000, output: 9_000 }, free, 0n],
    ['one token of a cheap model', { input: 1, output: 0 }, { ...free, input: 1n }, 1n],
    ['a million tokens exactly', { input: 1_000_000, output: 0 }, { ...free, input: 7n }, 7n],
    ['a million and one', { input: 1_000_001, output: 0 }, { ...free, input: 7n }, 8n],
    ['two parts that are rounded together', { input: 1, output: 1 }, { ...free, input: 1n, output: 1n }, 1n],
    ['the call alone', { input: 0, output: 0 }, { ...free, perCall: 100n }, 100n],
    ['cached tokens', { input: 0, output: 0, cacheRead: 2, cacheWrite: 3 }, { ...free, cacheRead: 500_000n }, 1n],
    ['an answer', { input: 12, output: 34 }, { ...free, input: 2_000_000n, output: 10_000_000n, perCall: 100n }, 464n],
  ])('charges %s', (_name, tokens, rates, expected) => {
    expect(cost(tokens, rates)).toBe(expected);
  });

  it('is the exact sum rounded up once, whatever the numbers', () => {
    fc.assert(fc.property(anyTokens, anyRates, (tokens, rates) => isRoundedUpOnce(cost(tokens, rates), tokens, rates)));
  });

  it('never falls when one more token is used', () => {
    const step = fc.constantFrom(...kinds);
    fc.assert(
      fc.property(anyTokens, anyRates, step, (tokens, rates, kind) => {
        return cost({ ...tokens, [kind]: tokens[kind] + 1 }, rates) >= cost(tokens, rates);
      }),
    );
  });

  it('gives a call that is split into n at most n micro-credits more, the calls themselves apart', () => {
    const parts = fc.array(fc.record({ input: count, output: count }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(parts, anyRates, (calls, rates) => {
        const whole = { input: sum(calls, 'input'), output: sum(calls, 'output') };
        const perToken = { ...rates, perCall: 0n };
        const split = calls.reduce((total, call) => total + cost(call, perToken), 0n);
        return split >= cost(whole, perToken) && split < cost(whole, perToken) + BigInt(calls.length);
      }),
    );
  });

  it('of the most expensive call there may be is still a safe integer', () => {
    const most = 1_000_000_000_000n;
    const tokens = { input: 1e8, output: 1e8, cacheRead: 1e8, cacheWrite: 1e8 };
    const rates = { input: most, output: most, cacheRead: most, cacheWrite: most, perCall: most };
    expect(cost(tokens, rates)).toBeLessThanOrEqual(BigInt(Number.MAX_SAFE_INTEGER));
  });

  it('lies between its least and its most, whatever part of the input was cached', () => {
    fc.assert(
      fc.property(anyTokens, anyRates, (tokens, rates) => {
        const size = { input: tokens.input + tokens.cacheRead + tokens.cacheWrite, output: tokens.output };
        return lowestCost(size, rates) <= cost(tokens, rates) && cost(tokens, rates) <= highestCost(size, rates);
      }),
    );
  });

  it.each([
    ['a fraction of a token', { input: 1.5, output: 0 }, free],
    ['not a number', { input: Number.NaN, output: 0 }, free],
    ['a negative count', { input: -1, output: 0 }, free],
    ['a negative rate', { input: 1, output: 0 }, { ...free, input: -1n }],
    ['a negative price of the call', { input: 1, output: 0 }, { ...free, perCall: -1n }],
  ])('refuses %s', (_name, tokens, rates) => {
    expect(() => cost(tokens, rates)).toThrow(RangeError);
  });
});

describe('affordableOutput', () => {
  const demo = { input: 2n, output: 10n, cacheRead: 1n, cacheWrite: 3n, perCall: 0n };
  const rates = Object.fromEntries(Object.entries(demo).map(([name, ucr]) => [name, ucr * 1_000_000n])) as typeof demo;

  it.each([
    ['all of the funds', 130n, 10],
    ['not the rest that is too little for one more token', 139n, 10],
    ['nothing beyond the input', 30n, 0],
    ['nothing where the input alone costs more', 29n, 0],
    ['no more than the most there can be', 10n ** 15n, 1_000],
  ])('uses %s', (_name, funds, output) => {
    expect(affordableOutput(funds, 10, rates, 1_000)).toBe(output);
  });

  it('of a model whose output is free is the most there can be, if the rest is affordable', () => {
    expect(affordableOutput(0n, 10, free, 1_000)).toBe(1_000);
    expect(affordableOutput(99n, 10, { ...free, perCall: 100n }, 1_000)).toBe(0);
  });

  it('is the most that costs no more than the funds: one token more would', () => {
    const funds = fc.bigInt(0n, 10n ** 15n);
    fc.assert(
      fc.property(funds, count, anyRates, count, (ucr, input, prices, most) => {
        const output = affordableOutput(ucr, input, prices, most);
        const fits = (tokens: number) => highestCost({ input, output: tokens }, prices) <= ucr;
        expect([output === 0 || fits(output), output === most || !fits(output + 1)]).toEqual([true, true]);
      }),
    );
  });
});

const sum = (calls: ReadonlyArray<{ input: number; output: number }>, kind: 'input' | 'output') =>
  calls.reduce((total, call) => total + call[kind], 0);
