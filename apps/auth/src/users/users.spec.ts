import { describe, expect, it } from '@jest/globals';
import { emailAddress, username } from './names.js';

describe('an e-mail address', () => {
  it.each([
    ['victim@x.com', 'victim@x.com'],
    ['Victim@X.com', 'victim@x.com'],
    ['  victim@x.com  ', 'victim@x.com'],
    ['victim＠x.com', 'victim@x.com'],
    ['vic\u212Aim@x.com', 'vickim@x.com'],
    ['a.b+tag@x.com', 'a.b+tag@x.com'],
    ['a@раypal.com', 'a@xn--ypal-43d9g.com'],
  ])('%j is %s', (given, canonical) => expect(emailAddress.parse(given)).toBe(canonical));

  it.each([
    '',
    'victim',
    'a@@x.com',
    '"victim@x.com x"@evil.com',
    'a@x.com\r\nBcc: b@y.com',
    'a@x.com,b@y.com',
    'a(b)@x.com',
    'a@x.com\u202E',
    'a\u200B@x.com',
    `${'a'.repeat(300)}@x.com`,
  ])('%j is none', (given) => expect(emailAddress.safeParse(given).success).toBe(false));

  it.each([{ $gt: '' }, ['a@x.com'], 7, null])('%j is none', (given) => {
    expect(emailAddress.safeParse(given).success).toBe(false);
  });
});

describe('a username', () => {
  it.each([
    ['User1', 'user1'],
    [' user1 ', 'user1'],
    ['a.b_c-d', 'a.b_c-d'],
    ['ｕｓｅｒ１', 'user1'],
  ])('%j is %s', (given, canonical) => expect(username.parse(given)).toBe(canonical));

  it.each(['', 'a', '.ab', '-ab', 'a b', 'a@b', 'user\u0000', '../user', 'us\u0435r', 'x'.repeat(33), '__proto__'])(
    '%j is none',
    (given) => expect(username.safeParse(given).success).toBe(false),
  );
});
