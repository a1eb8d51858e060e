import { describe, expect, it } from '@jest/globals';
import { covers, isPermissionPattern } from './permission.js';

describe('isPermissionPattern', () => {
  it.each(['kb:read', '*', '*:*', 'kb:*', 'k*:re*', 'kb-2:read_all', 'kb:*r*d*', `${'a'.repeat(32)}:read`])(
    'takes %s',
    (text) => expect(isPermissionPattern(text)).toBe(true),
  );

  it.each([
    '',
    'kb',
    'kb:',
    ':read',
    ':',
    'kb:read:x',
    'KB:Read',
    ' kb:read',
    'kb:read ',
    'kb:read\n',
    'kb:r*d*e*f*',
    '**',
    'k*',
    'kb：read',
    'kb:réad',
    '__proto__:read',
    `${'a'.repeat(33)}:read`,
    '*'.repeat(10_240),
  ])('refuses %j', (text) => expect(isPermissionPattern(text)).toBe(false));
});

describe('covers', () => {
  it.each([
    ['*', 'kb:read'],
    ['*:*', 'kb:read'],
    ['kb:*', 'kb:read'],
    ['*:read', 'kb:read'],
    ['kb:read', 'kb:read'],
    ['k*:re*d', 'kb:read'],
    ['kb:*x*y*', 'kb:axbyc'],
    ['chat:*', 'chat:stream'],
    ['*', '*:*'],
    ['*:*', '*'],
  ])('%s covers %s', (pattern, permission) => expect(covers(pattern, permission)).toBe(true));

  it.each([
    ['kb:re*ead', 'kb:read'],
    ['kb:*x*y*', 'kb:yx'],
    ['k*', 'kb:read'],
    ['kb:read', 'kb:write'],
    ['kb:read', 'kbx:read'],
    ['kb:rea', 'kb:read'],
    ['kb:read', 'kb:*'],
    ['kb:*', '*:*'],
    ['', ''],
    ['kb', 'kb'],
    ['__proto__:read', 'kb:read'],
  ])('%s does not cover %s', (pattern, permission) => expect(covers(pattern, permission)).toBe(false));

  it('does not hang on a pattern made to be slow', () => {
    const long = 'a'.repeat(31);
    expect([covers('*a*a*:b', `${long}:b`), covers('*a*a*:b', `${long}:c`)]).toEqual([true, false]);
    expect([covers(`${'*a'.repeat(15)}b:b`, `${long}:b`), covers(`kb:${'*'.repeat(10_240)}`, 'kb:b')]).toEqual([
      false,
      false,
    ]);
  });
});
