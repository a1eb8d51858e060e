import { describe, expect, it } from '@jest/globals';
import { readVisitorCookie, writeVisitorCookie } from './visitor-cookie.js';

const key = Buffer.alloc(32, 1);
const visitor = `vis_${'0a'.repeat(16)}`;
const cookie = writeVisitorCookie(key, visitor);

describe('a visitor cookie', () => {
  it('names its visitor under the same key', () => {
    expect(readVisitorCookie(key, cookie)).toBe(visitor);
    expect(readVisitorCookie(Buffer.alloc(32, 2), cookie)).toBeUndefined();
  });

  it('has one spelling: whatever character is changed, it names nobody', () => {
    for (let at = 0; at < cookie.length; at++) {
      for (const other of ['A', 'b', '0', '.', '_']) {
        if (cookie[at] === other) continue;
        expect(readVisitorCookie(key, cookie.slice(0, at) + other + cookie.slice(at + 1))).toBeUndefined();
      }
    }
  });

  it.each(['', 'an1..', visitor, `an1.${visitor}.`, `${cookie}=`, ` ${cookie}`, `${cookie}.x`, 'an1.__proto__.x'])(
    'is not %j',
    (text) => expect(readVisitorCookie(key, text)).toBeUndefined(),
  );
});
