import { describe, expect, it } from '@jest/globals';
import { readCursor } from './cursor.js';
import { StreamErrors } from './streams.errors.js';

const id = 'stream-1767225600000-3f2b8c1e-9d4a-4e6b-8a7c-5d1e2f3a4b5c';

describe('readCursor', () => {
  it.each([
    [undefined, undefined, 0],
    ['0', undefined, 0],
    ['17', undefined, 17],
    [undefined, `${id}:5`, 5],
    ['1', `${id}:5`, 5],
    ['3', '', 3],
  ])('after %p and Last-Event-ID %p give %p', (after, lastEventId, seq) => {
    expect(readCursor(id, after, lastEventId)).toBe(seq);
  });

  it.each(['-1', '1.5', '1e3', '', ' 1', '99999999999', 'x'])('refuses %p', (after) => {
    expect(() => readCursor(id, after, undefined)).toThrow(StreamErrors.cursorInvalid());
  });

  it.each([`stream-x:5`, '5', ':5', `${id}`])('refuses the event id %p of another stream', (lastEventId) => {
    expect(() => readCursor(id, undefined, lastEventId)).toThrow(StreamErrors.cursorMismatch());
  });
});
