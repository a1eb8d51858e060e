import { describe, expect, it } from '@jest/globals';
import { isAllowedOrigin } from './cors.js';

const allowed = ['https://app.example.com', 'http://localhost:*'];

describe('isAllowedOrigin', () => {
  it.each(['https://app.example.com', 'http://localhost:3000', 'http://localhost:65535'])('takes %s', (origin) =>
    expect(isAllowedOrigin(origin, allowed)).toBe(true),
  );

  it.each([
    'https://evil.com',
    'null',
    '',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://app.example.com.evil.com',
    'https://evilapp.example.com',
    'https://APP.example.com',
    'http://localhost',
    'http://localhost:',
    'http://localhost:3000.evil.com',
    'http://localhost:evil.com',
    'http://localhost:3000/path',
    'https://localhost:3000',
    'http://localhost.evil.com:3000',
    'http://localhost:123456',
  ])('refuses %j', (origin) => expect(isAllowedOrigin(origin, allowed)).toBe(false));

  it('takes nobody where nobody is listed', () => {
    expect(isAllowedOrigin('http://localhost:3000', [])).toBe(false);
  });
});
