import { describe, expect, it } from '@jest/globals';
import { seal, unseal } from './seal.js';

const key = Buffer.alloc(32, 1);
const plain = Buffer.from('what nobody may read');

describe('seal', () => {
  it('opens under the same key and name', () => {
    expect(unseal(key, 'key_1', seal(key, 'key_1', plain))).toEqual(plain);
  });

  it('looks different each time and shows nothing', () => {
    const [first, second] = [seal(key, 'key_1', plain), seal(key, 'key_1', plain)];
    expect(first).not.toBe(second);
    expect(Buffer.from(first.slice(3), 'base64url').includes('nobody')).toBe(false);
  });

  it('does not open under another key, under another name, or changed', () => {
    const sealed = seal(key, 'key_1', plain);
    expect(unseal(Buffer.alloc(32, 2), 'key_1', sealed)).toBeUndefined();
    expect(unseal(key, 'key_2', sealed)).toBeUndefined();
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (const at of [0, 12, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(unseal(key, 'key_1', `v1.${changed.toString('base64url')}`)).toBeUndefined();
    }
  });

  it.each(['', 'v1.', 'v1.AAAA', 'v2.AAAA', 'garbage'])('does not open %j', (text) => {
    expect(unseal(key, 'key_1', text)).toBeUndefined();
  });
});
