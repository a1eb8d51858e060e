import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hasEqualNames } from './json-body.js';

const isRefused = (text: string) => hasEqualNames(text, JSON.parse(text));

describe('hasEqualNames', () => {
  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"b":{"c":[{"d":1 , "d"\n:2}]}}',
    '{"a":1,"\\u0061":2}',
    '{"":1,"":2}',
    '[{"a":1},{"a":1,"a":{}}]',
    '{"a\\"b":1,"a\\"b":2}',
  ])('[attack 35] finds a name that stands twice: %s', (text) => expect(isRefused(text)).toBe(true));

  it.each([
    '{"a":"a","b":"\\"a\\":1"}',
    '[{"a":1},{"a":1}]',
    '{"a":{"a":{"a":1}}}',
    '"a:"',
    '{}',
    '7',
    '{"__proto__":1}',
  ])('takes %s', (text) => expect(isRefused(text)).toBe(false));

  it('takes whatever was written from a value', () => {
    fc.assert(
      fc.property(fc.json(), fc.integer({ min: 0, max: 3 }), (text, spaces) => {
        expect(isRefused(JSON.stringify(JSON.parse(text), null, spaces))).toBe(false);
      }),
    );
  });
});
