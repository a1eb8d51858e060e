import { describe, expect, it } from '@jest/globals';
import { readBearerToken } from './bearer-token.js';

const read = (...authorization: string[]) =>
  readBearerToken({ headersDistinct: authorization.length > 0 ? { authorization } : {} });

describe('readBearerToken', () => {
  it.each(['Bearer T', 'bearer T', 'BEARER T'])('reads %j', (header) => expect(read(header)).toBe('T'));

  it('says token_missing without an error code in the challenge when there is no bearer token at all', () => {
    for (const headers of [[], ['Basic dXNlcjpwYXNz'], ['']]) {
      const expected = { code: 'token_missing', extras: { challenge: 'Bearer realm="parley"' } };
      expect(() => read(...headers)).toThrow(expect.objectContaining(expected));
    }
  });

  it.each(['Bearer', 'Bearer ', 'Bearer  T', 'BearerT', 'Bearer T,T', 'Bearer T, T', 'Bearer T T', 'Bearer\tT'])(
    'says invalid_token for %j',
    (header) => expect(() => read(header)).toThrow(expect.objectContaining({ code: 'invalid_token' })),
  );

  it('refuses two headers with invalid_request', () => {
    expect(() => read('Bearer T', 'Bearer T')).toThrow(
      expect.objectContaining({ code: 'invalid_request', status: 400 }),
    );
  });
});
