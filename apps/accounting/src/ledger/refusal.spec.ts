import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { maxUcr } from './amount.js';
import { type AccountState, closingPosting, creditPosting, holdPosting, type Posting } from './posting.js';
import { maxOpenHolds, whyRefused } from './refusal.js';

const facts = { actor: 'someone' };
const account = (change: Partial<AccountState> = {}): AccountState => ({
  status: 'active',
  balance: 500n,
  held: 100n,
  openHolds: 1,
  ...change,
});
const give = (amount: bigint) => creditPosting('allocation', 'alloc:1', 'user:u', amount, facts);
const hold = (amount: bigint) => holdPosting('h', 'user:u', amount, facts);
const settle = (held: bigint, charged: bigint) =>
  closingPosting('settle', { holdId: 'h', accountId: 'user:u', held, charged }, facts);
const release = (held: bigint) =>
  closingPosting('release', { holdId: 'h', accountId: 'user:u', held, charged: 0n }, facts);

describe('whyRefused', () => {
  it.each<[string, AccountState, Posting, string | undefined]>([
    ['an allocation', account(), give(1n), undefined],
    ['an allocation to a frozen account', account({ status: 'frozen' }), give(1n), 'frozen'],
    ['an allocation to a closed account', account({ status: 'closed' }), give(1n), 'frozen'],
    ['the largest allocation that fits', account(), give(maxUcr - 500n), undefined],
    ['an allocation one beyond it', account(), give(maxUcr - 499n), 'balanceLimit'],
    ['a hold of all that is available', account(), hold(400n), undefined],
    ['a hold of one more', account(), hold(401n), 'insufficient'],
    ['a hold of nothing on an empty account', account({ balance: 0n, held: 0n }), hold(0n), undefined],
    ['a hold on a frozen account', account({ status: 'frozen' }), hold(1n), 'frozen'],
    ['the last hold that may be open', account({ openHolds: maxOpenHolds - 1 }), hold(1n), undefined],
    ['one hold too many', account({ openHolds: maxOpenHolds }), hold(1n), 'tooManyHolds'],
    ['a settlement below the hold', account(), settle(100n, 30n), undefined],
    ['a settlement that draws all there is', account(), settle(100n, 500n), undefined],
    ['a settlement that would overdraw', account(), settle(100n, 501n), 'insufficient'],
    ['a settlement on a frozen account', account({ status: 'frozen' }), settle(100n, 30n), undefined],
    ['a settlement with every hold open', account({ openHolds: maxOpenHolds }), settle(100n, 30n), undefined],
    ['a release', account(), release(100n), undefined],
    ['a release of more than is held', account(), release(101n), 'insufficient'],
  ])('decides on %s', (_name, state, posting, expected) => {
    expect(whyRefused(state, posting)).toBe(expected);
  });

  it('lets nothing pass that would leave 0 <= held <= balance <= 2^53-1', () => {
    const amount = fc.bigInt(0n, maxUcr);
    const posting = fc.oneof(
      amount.map(give),
      amount.map(hold),
      amount.map(release),
      fc.tuple(amount, amount).map(([held, charged]) => settle(held, charged)),
    );
    const state = fc
      .tuple(amount, amount)
      .map(([a, b]) => account(a > b ? { balance: a, held: b } : { balance: b, held: a }));
    fc.assert(
      fc.property(state, posting, (before, next) => {
        if (whyRefused(before, next)) return true;
        const balance = before.balance + next.delta;
        const held = before.held + next.heldDelta;
        return 0n <= held && held <= balance && balance <= maxUcr;
      }),
    );
  });
});
