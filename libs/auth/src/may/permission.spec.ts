import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServiceClient } from '@parley/platform';
import { AuthStandIn, TestClock } from '@parley/testing';
import { covers, isPermissionPattern } from './permission.js';
import type { UserPrincipal } from '../who/principal.js';
import { RemotePermissions } from './remote-permissions.js';
import { ServiceTokenClient } from '../services/service-token-client.js';

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
    '__proto__:read!',
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

const principal = (userId: string): UserPrincipal => ({
  kind: 'user',
  userId,
  loginSessionId: 'sid_1',
  orgId: null,
  expiresAt: Number.MAX_SAFE_INTEGER,
});
const asked = (path: string) => (auth: AuthStandIn) => auth.requests.filter((each) => each === path).length;
const grantsAsked = asked('/internal/authz/grants');
const tokensAsked = asked('/oauth/token');

describe('RemotePermissions', () => {
  let clock: TestClock;
  let auth: AuthStandIn;
  let permissions: RemotePermissions;

  beforeEach(async () => {
    clock = new TestClock();
    auth = await AuthStandIn.start(clock);
    const client = new ServiceClient('auth', auth.url);
    const tokens = new ServiceTokenClient(client, { clientId: 'chat', clientSecret: 's'.repeat(32) }, clock);
    permissions = new RemotePermissions(client, tokens, clock);
    auth.user('u1', ['chat:*']);
  });
  afterEach(() => auth.stop());

  it('asks once for many requests at the same time, with one service token', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => permissions.grantsOf(principal('u1'))));
    expect(answers.every(({ permissions: all }) => all[0] === 'chat:*')).toBe(true);
    expect(grantsAsked(auth)).toBe(1);
    expect(tokensAsked(auth)).toBe(1);
  });

  it('knows of a change after two seconds at the latest', async () => {
    expect(await permissions.allows(principal('u1'), 'chat:stream')).toBe(true);
    auth.user('u1', ['models:read']);
    clock.advance(1_999);
    expect(await permissions.allows(principal('u1'), 'chat:stream')).toBe(true);
    clock.advance(1);
    expect(await permissions.allows(principal('u1'), 'chat:stream')).toBe(false);
  });

  it('keeps users apart', async () => {
    auth.user('u2', ['models:read']);
    expect(await permissions.allows(principal('u1'), 'chat:stream')).toBe(true);
    expect(await permissions.allows(principal('u2'), 'chat:stream')).toBe(false);
  });

  it('allows nothing to an account that is not active', async () => {
    auth.user('u1', ['*:*'], { status: 'suspended' });
    expect(await permissions.allows(principal('u1'), 'chat:stream')).toBe(false);
  });

  it('says account_disabled for a user who is gone', async () => {
    await expect(permissions.grantsOf(principal('gone'))).rejects.toMatchObject({
      code: 'account_disabled',
      status: 401,
    });
  });

  it('says 503 while auth is down, neither allowed nor denied, and does not remember it', async () => {
    auth.down = true;
    await expect(permissions.grantsOf(principal('u1'))).rejects.toMatchObject({
      code: 'auth_unavailable',
      status: 503,
    });
    auth.down = false;
    expect(await permissions.allows(principal('u1'), 'chat:stream')).toBe(true);
  });

  it('renews its service token a minute before the end', async () => {
    await permissions.grantsOf(principal('u1'));
    clock.advance(239_000);
    await permissions.grantsOf(principal('u1'));
    expect(tokensAsked(auth)).toBe(1);
    clock.advance(2_000);
    await permissions.grantsOf(principal('u1'));
    expect(tokensAsked(auth)).toBe(2);
  });
});
