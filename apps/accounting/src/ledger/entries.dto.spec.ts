import { describe, expect, it } from '@jest/globals';
import { readCursor, toCursor } from './entries.dto.js';

const encoded = (text: string) => Buffer.from(text).toString('base64url');

describe('a cursor', () => {
  it.each([1, 42, 2 ** 31, Number.MAX_SAFE_INTEGER])('carries the number %d', (seq) => {
    expect(readCursor(toCursor(seq))).toBe(seq);
  });

  it.each([
    '',
    'garbage',
    '1',
    encoded('seq:0'),
    encoded('seq:-1'),
    encoded('seq:1.5'),
    encoded('seq:9007199254740992'),
    encoded('seq:01'),
    `${encoded('seq:1')}=`,
    encoded('seq:1\n'),
    'x'.repeat(300),
  ])('is refused when it reads %j', (cursor) => {
    expect(() => readCursor(cursor)).toThrow(expect.objectContaining({ code: 'cursor_invalid' }));
  });
});
