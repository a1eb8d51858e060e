import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Rates } from '../prices/cost.js';
import type { HoldRequest } from './holds.dto.js';
import { OpenPromises } from './open-promises.js';
import { promiseOf } from './promised.js';

const rates: Rates = { input: 0n, output: 1_000_000n, cacheRead: 0n, cacheWrite: 0n, perCall: 5n };
const asked = (max_output_tokens: number, wanted_output_tokens?: number): HoldRequest => ({
  hold_id: 'stream-1',
  chat_session_id: 'ses_1',
  model: 'model',
  input_tokens: 10,
  ttl_seconds: 90,
  max_output_tokens,
  ...(wanted_output_tokens === undefined ? {} : { wanted_output_tokens }),
});

describe('[attack 117] a promise', () => {
  it.each([
    ['all that is wanted', asked(15, 95), 1_000n, [995, 100n]],
    ['as much of it as is free', asked(15, 95), 60n, [55, 60n]],
    ['what is held, where less is free', asked(15, 95), 1n, [15, 20n]],
    ['what is held, where nothing is free', asked(15, 95), -7n, [15, 20n]],
    ['what is held, where less is wanted', asked(15, 3), 1_000n, [995, 20n]],
    ['what is held, where nothing is said', asked(15), 1_000n, [995, 20n]],
  ] as const)('is %s', (_name, request, free, [affordable_output_tokens, promised_ucr]) => {
    expect(promiseOf(request, free, rates)).toEqual({ affordable_output_tokens, promised_ucr });
  });

  it('is for any output of a model that costs nothing, whatever is free', () => {
    const gratis = { ...rates, output: 0n, perCall: 0n };
    expect(promiseOf(asked(15, 95), -1n, gratis)).toEqual({ affordable_output_tokens: 100_000_000, promised_ucr: 0n });
  });

  it('comes with all others to less than what there is and one hold', () => {
    const tokens = fc.integer({ min: 0, max: 200 });
    fc.assert(
      fc.property(fc.bigInt(0n, 500n), fc.array(fc.tuple(tokens, tokens), { maxLength: 20 }), (balance, holds) => {
        let [sum, largest] = [0n, 0n];
        for (const [held, wanted] of holds) {
          if (sum >= balance) break;
          const amount = 5n + BigInt(held);
          largest = amount > largest ? amount : largest;
          sum += promiseOf(asked(held, wanted), balance - sum, rates).promised_ucr;
        }
        return sum < balance + largest || sum === 0n;
      }),
    );
  });
});

describe('the open promises of an account', () => {
  const hold = (change: object = {}) => ({
    ...{ _id: 'stream-1', state: 'held' as const, amount_ucr: 20n, promised_ucr: 100n },
    ...change,
  });
  const noted = (...holds: Parameters<OpenPromises['note']>[0][]) => {
    const promises = new OpenPromises();
    for (const each of holds) promises.note(each);
    return promises;
  };

  it.each([
    ['what is promised beyond the amount', [hold()], 80n],
    ['all of them', [hold(), hold({ _id: 'stream-2' })], 160n],
    ['one hold once, as it is now', [hold(), hold({ amount_ucr: 75n })], 25n],
    ['nothing of a hold that grew beyond its promise', [hold({ amount_ucr: 120n })], 0n],
    ['nothing of a hold that has ended', [hold(), hold({ state: 'settled' })], 0n],
    ['nothing of an old hold', [hold({ promised_ucr: undefined })], 0n],
  ])('count %s', (_name, holds, beyond) => {
    expect(noted(...holds).beyond()).toBe(beyond);
  });

  it('count under a cap what counts there', () => {
    const promises = noted(hold({ caps: ['day', 'month'] }), hold({ _id: 'stream-2', caps: ['day'] }));
    expect(['day', 'month', 'other'].map((cap) => promises.beyond(cap))).toEqual([160n, 80n, 0n]);
  });
});
