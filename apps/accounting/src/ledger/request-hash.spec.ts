import { describe, expect, it } from '@jest/globals';
import { requestHash } from './request-hash.js';

describe('requestHash', () => {
  it('does not depend on the order of members, at any depth', () => {
    expect(requestHash({ a: 1, b: { c: [2n], d: 'x' } })).toBe(requestHash({ b: { d: 'x', c: [2n] }, a: 1 }));
  });

  it.each([
    [{ a: 1 }, { a: 2 }],
    [{ a: 'x' }, { b: 'x' }],
    [{ a: '1' }, { a: 1 }],
    [{ a: 'x","b":"y' }, { a: 'x', b: 'y' }],
    [{ a: [1, 2] }, { a: [12] }],
  ])('tells %j from %j', (one, other) => {
    expect(requestHash(one)).not.toBe(requestHash(other));
  });
});
