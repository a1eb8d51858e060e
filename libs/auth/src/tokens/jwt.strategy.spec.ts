import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServiceClient } from '@parley/platform';
import { AuthStandIn, TestClock } from '@parley/testing';
import passport from 'passport';
import { JwksKeys } from '../keys/jwks-keys.js';
import { JwtGuard } from './jwt.guard.js';
import { JwtStrategy } from './jwt.strategy.js';
import { tokenIssuer, type TokenSettings } from './token-settings.js';

describe('JwtStrategy', () => {
  let clock: TestClock;
  let auth: AuthStandIn;

  beforeEach(async () => {
    clock = new TestClock();
    auth = await AuthStandIn.start(clock);
  });
  afterEach(() => auth.stop());

  const strategyOf = (audience: TokenSettings['audience']) =>
    new JwtStrategy({ issuer: tokenIssuer, audience }, new JwksKeys(new ServiceClient('auth', auth.url), clock), clock);

  it('checks tokens for its own audience, also beside another service in the same process', async () => {
    const chat = new JwtGuard(strategyOf('chat'));
    const accounting = new JwtGuard(strategyOf('accounting'));
    const token = auth.serviceToken('accounting', 'chat', 'users:read');
    expect(await chat.principalOf(token)).toMatchObject({ service: 'accounting' });
    await expect(accounting.principalOf(token)).rejects.toMatchObject({ code: 'invalid_token' });
  });

  it('keeps tokens apart that are checked at the same time, good ones and bad ones', async () => {
    const guard = new JwtGuard(strategyOf('chat'));
    const checks = Array.from({ length: 40 }, (_, count) =>
      guard.principalOf(auth.accessToken(`u${count}`, count % 2 === 0 ? {} : { sid: undefined })).then(
        (principal) => principal.kind === 'user' && principal.userId,
        (error: { code: string }) => error.code,
      ),
    );
    const expected = Array.from({ length: 40 }, (_, count) => (count % 2 === 0 ? `u${count}` : 'invalid_token'));
    expect(await Promise.all(checks)).toEqual(expected);
  });

  it('is not on the list of the process under a name that another could take, nor after the shutdown', async () => {
    const strategy = strategyOf('chat');
    const guard = new JwtGuard(strategy);
    await expect(tryStrategy('jwt')).rejects.toThrow('Unknown authentication strategy "jwt"');
    strategy.onApplicationShutdown();
    await expect(guard.principalOf(auth.accessToken('u1'))).rejects.toThrow('Unknown authentication strategy');
  });
});

/** Asks the process's passport for a strategy by name. */
const tryStrategy = (name: string) =>
  new Promise((resolve, reject) => {
    const middleware = passport.authenticate(name, { session: false }, resolve) as (
      request: object,
      response: object,
      next: (error: unknown) => void,
    ) => void;
    middleware({}, {}, reject);
  });
