import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServiceClient } from '@parley/platform';
import { AuthStandIn, ScriptedFeed, TestClock } from '@parley/testing';
import { NoApiKeys } from '../api-keys/api-keys.js';
import type { Introspection } from '../introspection/introspection.js';
import { SensitiveCalls } from '../introspection/sensitive-calls.js';
import { JwksKeys } from '../keys/jwks-keys.js';
import type { PermissionSource } from '../may/permission-source.js';
import { Revocations } from '../revocations/revocations.js';
import { CredentialReaders } from '../who/credential-readers.js';
import { BearerTokenReader } from './bearer-token.reader.js';
import { JwtGuard } from './jwt.guard.js';
import { JwtStrategy } from './jwt.strategy.js';
import { SubjectTokens } from './subject-tokens.js';
import { tokenIssuer } from './token-settings.js';
import { TokenVerifier } from './token-verifier.js';

const feed = new ScriptedFeed();
let auth: AuthStandIn;
let verifier: TokenVerifier;
let reader: BearerTokenReader;

beforeEach(async () => {
  const clock = new TestClock();
  auth = await AuthStandIn.start(clock);
  const keys = new JwksKeys(new ServiceClient('auth', auth.url), clock);
  const strategy = new JwtStrategy({ audience: 'chat', issuer: tokenIssuer }, keys, clock);
  verifier = new TokenVerifier(new JwtGuard(strategy), feed, new Revocations(), clock);
  reader = new BearerTokenReader(verifier);
});
afterEach(() => auth.stop());

describe('BearerTokenReader', () => {
  const carrier = (...authorization: string[]) => ({
    headersDistinct: authorization.length > 0 ? { authorization } : {},
  });
  const find = (...authorization: string[]) => reader.find(carrier(...authorization));

  it.each(['Bearer T', 'bearer T', 'BEARER T'])('reads %j', (header) => expect(find(header)).toBe('T'));

  it('says token_missing without an error code in the challenge when there is no bearer token at all', async () => {
    const readers = new CredentialReaders([reader]);
    for (const headers of [[], ['Basic dXNlcjpwYXNz'], ['']]) {
      const expected = { code: 'token_missing', extras: { challenge: 'Bearer realm="parley"' } };
      await expect(readers.identify(carrier(...headers))).rejects.toMatchObject(expected);
    }
  });

  it.each(['Bearer', 'Bearer ', 'Bearer  T', 'BearerT', 'Bearer T,T', 'Bearer T, T', 'Bearer T T', 'Bearer\tT'])(
    'says invalid_token for %j',
    (header) => expect(() => find(header)).toThrow(expect.objectContaining({ code: 'invalid_token' })),
  );

  it('refuses two headers with invalid_request', () => {
    expect(() => find('Bearer T', 'Bearer T')).toThrow(
      expect.objectContaining({ code: 'invalid_request', status: 400 }),
    );
  });

  it('says who a good token names, and keeps the token for calls in their name', async () => {
    const token = auth.accessToken('u1');
    expect(await reader.verify(token)).toMatchObject({ principal: { kind: 'user', userId: 'u1' }, accessToken: token });
    await expect(reader.verify('garbage')).rejects.toMatchObject({ code: 'invalid_token', status: 401 });
  });
});

describe('SubjectTokens', () => {
  const asked: string[] = [];
  const introspection: Introspection = { require: (token) => Promise.resolve(void asked.push(token)) };
  const permissions = { forget: ({ userId }) => void asked.push(userId) } as PermissionSource;
  const sensitive = new SensitiveCalls(feed, introspection, permissions);

  it('asks auth about a token only for what is sensitive, and only while the feed is silent', async () => {
    const subjects = new SubjectTokens(verifier, sensitive, new NoApiKeys());
    const token = auth.accessToken('u1');
    await subjects.readSensitive(token);
    feed.isStale = true;
    await subjects.read(token);
    expect(asked).toEqual([]);
    await subjects.readSensitive(token);
    feed.isStale = false;
    expect(asked).toEqual([token, 'u1']);
  });

  it("reads the user from their own token, and refuses a service's, garbage and nothing", async () => {
    const subjects = new SubjectTokens(verifier, sensitive, new NoApiKeys());
    expect(await subjects.read(auth.accessToken('u1'))).toMatchObject({ kind: 'user', userId: 'u1' });
    const service = auth.serviceToken('accounting', 'chat', 'users:read');
    for (const token of [service, 'garbage']) {
      await expect(subjects.read(token)).rejects.toMatchObject({ code: 'invalid_token', status: 401 });
    }
    await expect(subjects.read(undefined)).rejects.toMatchObject({ code: 'subject_token_missing', status: 401 });
  });
});
