import { describe, expect, it } from '@jest/globals';
import { proofsIn } from './rows.mjs';

interface Proof {
  kind: string;
  id: string;
  title: string;
  isToCome: boolean;
}
const found = (text: string) =>
  (proofsIn(text, 'a.spec.ts') as Proof[]).map(({ kind, id, title, isToCome }) => [`${kind} ${id}`, title, isToCome]);

describe('proofsIn', () => {
  it('finds every line that one title names', () => {
    const title = `it('[attac${'k'} 40, 41] [aut${'h'} G6] keeps strangers waiting', async () => {`;
    expect(found(title)).toEqual([
      ['attack 40', 'keeps strangers waiting', false],
      ['attack 41', 'keeps strangers waiting', false],
      ['auth G6', 'keeps strangers waiting', false],
    ]);
  });

  it('takes a line that is to come for no proof', () => {
    expect(found(`- [aut${'h'} A5] to come: with the client library.`)).toEqual([
      ['auth A5', 'to come: with the client library.', true],
    ]);
  });
});
