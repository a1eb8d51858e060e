import { describe, expect, it } from '@jest/globals';
import { contains, covers } from '@parley/auth';
import { type ActingMember, mayChange, mayDefine, mayGive, mayStepDown } from './hierarchy.js';

const member = (level: number, change: Partial<ActingMember> = {}): ActingMember => ({
  ...{ userId: `u${level}`, level, permissions: ['*:*'], models: null, isRecent: true },
  ...change,
});
const role = (level: number, permissions: string[] = ['chat:read'], models: string[] | null = null) => ({
  ...{ level, permissions, models },
});
const codeOf = (act: () => void): string => {
  try {
    act();
    return 'allowed';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('the hierarchy', () => {
  it.each([
    [80, 79, 'allowed'],
    [80, 80, 'hierarchy'],
    [80, 100, 'hierarchy'],
    [100, 100, 'allowed'],
    [100, 89, 'allowed'],
    [20, 10, 'allowed'],
  ])('of level %i one gives a role of level %i: %s', (actor, given, expected) => {
    expect(codeOf(() => mayGive(member(actor), role(given)))).toBe(expected);
    const target = { userId: 'other', level: given };
    expect(codeOf(() => mayChange(member(actor), target))).toBe(expected);
  });

  it('wants a recent sign-in wherever an owner comes or goes', () => {
    const owner = member(100, { isRecent: false });
    const acts = [
      () => mayGive(owner, role(100)),
      () => mayChange(owner, { userId: 'x', level: 100 }),
      () => mayStepDown(owner),
    ];
    expect(acts.map(codeOf)).toEqual(Array(3).fill('reauthentication_required'));
    expect(codeOf(() => mayGive(owner, role(80)))).toBe('allowed');
  });

  it('changes nobody’s own role, and defines none at one’s own level', () => {
    expect(codeOf(() => mayChange(member(80), { userId: 'u80', level: 80 }))).toBe('own_role');
    expect(codeOf(() => mayDefine(member(40), role(39), role(40)))).toBe('hierarchy');
    for (const level of [0, -1, 90, 100, 1.5, Number.NaN])
      expect(codeOf(() => mayDefine(member(100), role(level)))).toBe('hierarchy_level_invalid');
  });

  it('gives nothing that the giver does not have', () => {
    const giver = member(80, { permissions: ['chat:*', 'kb:r*'], models: ['small-*'] });
    expect(codeOf(() => mayGive(giver, role(10, ['chat:read', 'kb:re*'], ['small-1'])))).toBe('allowed');
    for (const pattern of ['*:read', 'kb:*', '*', 'chats:read'])
      expect(codeOf(() => mayGive(giver, role(10, [pattern], ['small-1'])))).toBe('permissions_missing');
    for (const models of [null, ['*'], ['s*'], ['large']])
      expect(codeOf(() => mayGive(giver, role(10, ['chat:read'], models)))).toBe('models_missing');
  });
});

describe('containment', () => {
  const letters = ['a', 'b'];
  const words = (most: number): string[] =>
    most === 0 ? [''] : ['', ...words(most - 1).flatMap((end) => [...letters, '*'].map((first) => first + end))];
  const patterns = [...new Set(words(3))].filter(Boolean);
  /** With a letter `c` that is in no pattern, and long enough for each star to be several letters. */
  const texts = (most: number): string[] =>
    most === 0 ? [''] : ['', ...texts(most - 1).flatMap((end) => ['a', 'b', 'c'].map((first) => first + end))];
  const all = [...new Set(texts(5))].filter(Boolean);

  it('[attack 76, 78] is what a brute force over all short words says, for each of 1,521 pairs', () => {
    const matched = new Map(
      patterns.map((each) => [each, new Set(all.filter((text) => covers(`${each}:x`, `${text}:x`)))]),
    );
    const wrong = patterns.flatMap((outer) =>
      patterns
        .filter((inner) => {
          const isWithin = [...matched.get(inner)!].every((text) => matched.get(outer)!.has(text));
          return isWithin !== contains([`${outer}:x`], `${inner}:x`);
        })
        .map((inner) => [outer, inner]),
    );
    expect(patterns).toHaveLength(39);
    expect(wrong).toEqual([]);
  });
});
