import { describe, expect, it } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { inspectToken } from './inspect-token.js';

const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const claims = { sub: 'usr_1', sid: 'sid_1', org_id: 'org_1', rid: 'user', exp: now / 1_000 + 90 };
const signed = (change: object = {}) =>
  jwt.sign({ ...claims, ...change }, 'any key', { noTimestamp: true, keyid: 'key_1' });
const encoded = (value: string) => Buffer.from(value).toString('base64url');

describe('inspectToken', () => {
  it('[auth A3, C3] says for how long a token is good, and whom it is for', () => {
    expect(inspectToken(signed(), now)).toEqual({
      isDecoded: true,
      lines: [
        'Token valid for 1.5 more minutes',
        'User ID: usr_1',
        'Expiration: 2026-01-02T03:05:35.000Z',
        'Organization ID: org_1',
        'Role: user',
        'Session ID: sid_1',
        'Type: JWT, key key_1',
        'The signature was not checked.',
      ],
    });
    expect(inspectToken(` Bearer ${signed()}\n`, now).isDecoded).toBe(true);
  });

  it('[auth A3] says how long ago a token expired', () => {
    const { lines } = inspectToken(signed({ exp: now / 1_000 - 750 }), now);
    expect(lines[0]).toBe('Token expired 12.5 minutes ago');
    expect(inspectToken(signed({ exp: now / 1_000 }), now).lines[0]).toBe('Token expired 0.0 minutes ago');
  });

  it('[auth C3] says what is not there', () => {
    const { lines } = inspectToken(signed({ org_id: null, rid: undefined }), now);
    expect(lines).toEqual(expect.arrayContaining(['Organization ID: Not present', 'Role: Not present']));
  });

  it.each([
    ['', 'it has 1 parts instead of 3'],
    ['garbage', 'it has 1 parts instead of 3'],
    ['a.b.c.d', 'it has 4 parts instead of 3'],
    ['a.b+/=.c', 'a part of it is not base64url'],
    ['%E0%A4%A.b.c', 'a part of it is not base64url'],
    [`${encoded('secret')}.${encoded('{}')}.c`, 'its header is not JSON'],
    [`${encoded('{}')}.${encoded('secret')}.c`, 'its payload is not JSON'],
    [`${encoded('{}')}.${encoded('null')}.c`, 'its payload is not an object'],
    [`${encoded('{}')}.${encoded('{}')}.c`, 'it has no expiration'],
    [`${encoded('{}')}.${encoded('{"exp":"soon"}')}.c`, 'it has no expiration'],
    [`${encoded('{}')}.${encoded('{"exp":1e300}')}.c`, 'it has no expiration'],
    ['x'.repeat(10_000), 'it is too long'],
  ])('[auth A3] says why it cannot read %j', (token, reason) => {
    expect(inspectToken(token, now)).toEqual({ isDecoded: false, lines: [`Failed to decode token: ${reason}`] });
  });

  it('tells no part of the token, and nothing that a terminal obeys', () => {
    const token = signed({ rid: '\u001b[2Jx', org_id: 'o'.repeat(1_000) });
    const text = inspectToken(token, now).lines.join('\n');
    for (const part of token.split('.')) expect(text).not.toContain(part);
    expect(text).toContain('Role: ?[2Jx');
    expect(text.length).toBeLessThan(500);
  });
});
