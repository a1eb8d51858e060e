import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { firstBytes, TextPieces } from './text-pieces.js';

const pass = (pieces: readonly string[]) => {
  const joiner = new TextPieces();
  return [...pieces.map((piece) => joiner.add(piece)), joiner.end()];
};

describe('TextPieces', () => {
  it('hands on whole characters, wherever the model cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat(60)), (text, cuts) => {
        const at = [...new Set([0, ...cuts.filter((cut) => cut < text.length), text.length])].sort((a, b) => a - b);
        const passed = pass(at.slice(1).map((end, index) => text.slice(at[index], end)));
        expect(passed.join('')).toBe(text.toWellFormed());
        expect(passed.filter((piece) => !piece.isWellFormed())).toEqual([]);
      }),
    );
  });

  it('replaces a half that never finds its other half', () => {
    expect(pass(['a\ud83d'])).toEqual(['a', '\ufffd']);
    expect(pass(['\ud83d', 'b'])).toEqual(['', '\ufffdb', '']);
  });
});

describe('the first bytes of a text', () => {
  it.each([
    ['abc', 2, 'ab'],
    ['abc', 9, 'abc'],
    ['aé😀', 2, 'a'],
    ['aé😀', 6, 'aé'],
    ['aé😀', 7, 'aé😀'],
    ['\ufeffa', 4, '\ufeffa'],
    ['a', 0, ''],
    ['a', -4, ''],
  ])('%j, %d bytes: %j', (text, bytes, head) => {
    expect(firstBytes(text, bytes)).toBe(head);
  });
});
