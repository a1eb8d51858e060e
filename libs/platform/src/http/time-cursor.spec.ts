import { describe, expect, it } from '@jest/globals';
import { readTimeCursor, toTimeCursor } from './time-cursor.js';

describe('a cursor of time and id', () => {
  it('is read as it was made', () => {
    const at = new Date('2026-11-28T04:00:00.123Z');
    expect(readTimeCursor(toTimeCursor(at, 'usr_1'))).toEqual({ at, id: 'usr_1' });
  });

  it.each([
    '',
    'x',
    'none',
    '{"$gt":""}',
    Buffer.from('12:').toString('base64url'),
    `${toTimeCursor(new Date(1), 'a')}=`,
  ])('%j is none', (text) => expect(readTimeCursor(text)).toBeUndefined());
});
