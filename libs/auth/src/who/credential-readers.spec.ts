import { beforeEach, describe, expect, it } from '@jest/globals';
import { buildService } from '@parley/testing';
import { AuthErrors } from '../refusals/auth.errors.js';
import { type Caller, type Carrier, CredentialReader } from './credential-reader.js';
import { CredentialReaders } from './credential-readers.js';

/** Reads one header, and notes what it was asked to verify. */
class HeaderReader extends CredentialReader {
  readonly verified: string[] = [];

  constructor(private readonly header: string) {
    super();
  }

  find({ headersDistinct }: Carrier): string | undefined {
    const [value] = headersDistinct[this.header] ?? [];
    if (value === 'malformed') throw AuthErrors.tokenInvalid();
    return value;
  }

  verify(credential: string): Promise<Caller> {
    this.verified.push(credential);
    if (credential === 'forged') return Promise.reject(AuthErrors.tokenInvalid());
    return Promise.resolve({ principal: buildService({ service: credential }) });
  }
}

/** Reads what a socket's client sent along. */
class HandshakeReader extends HeaderReader {
  override find({ auth }: Carrier): string | undefined {
    return typeof auth?.ticket === 'string' ? auth.ticket : undefined;
  }
}

describe('CredentialReaders', () => {
  let bearer: HeaderReader;
  let key: HeaderReader;
  let readers: CredentialReaders;
  const request = (headers: Record<string, string>): Carrier => ({
    headersDistinct: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
  });

  beforeEach(() => {
    bearer = new HeaderReader('authorization');
    key = new HeaderReader('x-api-key');
    readers = new CredentialReaders([bearer, key, new HandshakeReader('none')]);
  });

  it.each([
    ['the first kind', request({ authorization: 'one' }), 'one'],
    ['another kind', request({ 'x-api-key': 'two' }), 'two'],
    ['a handshake', { headersDistinct: {}, auth: { ticket: 'three' } }, 'three'],
  ])('says who calls by %s', async (_kind, carrier, service) => {
    expect((await readers.identify(carrier)).principal).toMatchObject({ service });
  });

  it.each<[string, Carrier]>([
    ['nothing', request({})],
    ['a header that no reader knows', request({ 'x-user-id': 'u1' })],
    ['a handshake whose client sent something else', { headersDistinct: {}, auth: { ticket: { $ne: null } } }],
  ])('refuses %s with token_missing', async (_what, carrier) => {
    await expect(readers.identify(carrier)).rejects.toMatchObject({ code: 'token_missing', status: 401 });
  });

  it.each<[string, Carrier]>([
    ['two headers', request({ authorization: 'one', 'x-api-key': 'two' })],
    ['a header and a ticket', { ...request({ authorization: 'one' }), auth: { ticket: 'three' } }],
    ['two that are the same', request({ authorization: 'one', 'x-api-key': 'one' })],
  ])('refuses two credentials, %s, and verifies neither', async (_what, carrier) => {
    await expect(readers.identify(carrier)).rejects.toMatchObject({ code: 'invalid_request', status: 400 });
    expect([...bearer.verified, ...key.verified]).toEqual([]);
  });

  it('passes on what the reader refuses, in looking and in verifying', async () => {
    const refused = { code: 'invalid_token', status: 401 };
    await expect(readers.identify(request({ authorization: 'malformed' }))).rejects.toMatchObject(refused);
    await expect(readers.identify(request({ 'x-api-key': 'forged' }))).rejects.toMatchObject(refused);
  });
});
