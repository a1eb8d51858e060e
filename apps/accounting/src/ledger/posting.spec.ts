import { describe, expect, it } from '@jest/globals';
import { maxUcr, toUcr } from './amount.js';
import { closingPosting } from './posting.js';

const facts = { actor: 'someone' };
const settle = (held: bigint, charged: bigint) =>
  closingPosting('settle', { holdId: 'h', accountId: 'user:u', held, charged }, facts);
const release = (held: bigint) =>
  closingPosting('release', { holdId: 'h', accountId: 'user:u', held, charged: 0n }, facts);

describe('closingPosting', () => {
  it('gives settlement and release of a hold the same entry id, so that the ledger takes only one', () => {
    expect(settle(100n, 1n).entryId).toBe(release(100n).entryId);
  });

  it('gives a charge to revenue and a release to nobody', () => {
    expect([settle(100n, 1n).facts.counterparty, release(100n).facts.counterparty]).toEqual(['sys:revenue', undefined]);
  });
});

describe('toUcr', () => {
  it('carries the largest safe integer', () => {
    expect(toUcr(maxUcr)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('refuses what JSON would round', () => {
    expect(() => toUcr(maxUcr + 1n)).toThrow(RangeError);
  });
});
