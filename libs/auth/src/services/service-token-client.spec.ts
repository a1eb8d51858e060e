import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ServiceAnswer, ServiceClient, type ServiceRequest } from '@parley/platform';
import { TestClock } from '@parley/testing';
import { ServiceTokenClient } from './service-token-client.js';

/** Auth's token route: it numbers the tokens it gives. */
class TokenRoute extends ServiceClient {
  given = 0;
  readonly requests: unknown[] = [];
  refusal: ServiceAnswer | undefined;

  constructor() {
    super('auth', 'http://auth.test');
  }

  override call(_path: string, { body }: ServiceRequest = {}): Promise<ServiceAnswer> {
    if (this.refusal) return Promise.resolve(this.refusal);
    this.requests.push(body);
    const answer = { access_token: `token-${++this.given}`, token_type: 'Bearer', expires_in: 300, scope: '' };
    return Promise.resolve({ status: 200, body: answer });
  }
}

describe('ServiceTokenClient', () => {
  let clock: TestClock;
  let auth: TokenRoute;
  let tokens: ServiceTokenClient;

  beforeEach(() => {
    clock = new TestClock();
    auth = new TokenRoute();
    tokens = new ServiceTokenClient(auth, { clientId: 'chat', clientSecret: 'a secret' }, clock);
  });

  it('asks once for callers at the same time, as itself and for one audience', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => tokens.authorization('accounting')));
    expect(new Set(all.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer token-1']));
    expect(auth.requests).toEqual([
      { grant_type: 'client_credentials', client_id: 'chat', client_secret: 'a secret', audience: 'accounting' },
    ]);
  });

  it('keeps one token for each audience until a minute before its end', async () => {
    await tokens.authorization('accounting');
    expect(await tokens.authorization('auth')).toEqual({ authorization: 'Bearer token-2' });
    clock.advance(239_999);
    expect(await tokens.authorization('accounting')).toEqual({ authorization: 'Bearer token-1' });
    clock.advance(1);
    expect(await tokens.authorization('accounting')).toEqual({ authorization: 'Bearer token-3' });
  });

  it('says 503 when auth refuses, and asks again the next time', async () => {
    auth.refusal = { status: 401, body: { code: 'invalid_client' } };
    await expect(tokens.authorization('auth')).rejects.toMatchObject({ code: 'auth_unavailable', status: 503 });
    auth.refusal = undefined;
    expect(await tokens.authorization('auth')).toEqual({ authorization: 'Bearer token-1' });
  });

  it('fetches another in the place of one that it is told to forget', async () => {
    await tokens.authorization('auth');
    await tokens.authorization('accounting');
    tokens.forget('auth');
    expect(await tokens.authorization('auth')).toEqual({ authorization: 'Bearer token-3' });
    expect(await tokens.authorization('accounting')).toEqual({ authorization: 'Bearer token-2' });
  });
});
