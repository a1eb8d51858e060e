import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Post } from '@nestjs/common';
import { accountingPermissions, chatPermissions } from '@parley/contracts';
import { ACCESS_RULE, Public } from '@parley/platform';
import { AuthStandIn, captureLogs, startTestService, TestClock, type TestService, tinyService } from '@parley/testing';
import { AuthLibModule } from './auth-lib.module.js';
import {
  AccessToken,
  CurrentPrincipal,
  CurrentUser,
  RequirePermission,
  RequireScope,
  SignedIn,
} from './http/decorators.js';
import type { Principal, UserPrincipal } from './who/principal.js';

@Controller('doors')
class DoorsController {
  @Get('public')
  @Public()
  open() {
    return { open: true };
  }

  @Get('mine')
  @SignedIn()
  mine(@CurrentUser() { userId }: UserPrincipal, @AccessToken() token: string) {
    return { userId, hasToken: token.length > 0 };
  }

  @Post('chat')
  @RequirePermission('chat', 'write')
  write() {
    return { written: true };
  }

  @Get('internal')
  @RequireScope('users:read')
  internal() {
    return { internal: true };
  }
}

@Controller('shared-doors')
class SharedDoorsController {
  @Get()
  @RequirePermission('ledger', 'audit', { orScope: 'users:read' })
  look(@CurrentPrincipal() { kind }: Principal) {
    return { kind };
  }
}

@Controller('forgotten')
class ForgottenController {
  @Get()
  read() {
    return {};
  }
}

const permissions = [...chatPermissions, ...accountingPermissions];
const logs = captureLogs();
const { logger } = logs;
const clock = new TestClock();

/** A service whose only doors are those of the controllers given. */
const serviceWith = (auth: AuthStandIn, ...controllers: Array<new () => object>) => {
  const credentials = { clientId: 'chat', clientSecret: 's'.repeat(32) } as const;
  const imports = [AuthLibModule.remote({ service: 'chat', authUrl: auth.url, credentials, permissions })];
  return startTestService(tinyService(logger, controllers, { imports, clock }), logger);
};

describe('the guard', () => {
  let auth: AuthStandIn;
  let service: TestService;

  beforeAll(async () => {
    auth = await AuthStandIn.start(clock);
    service = await serviceWith(auth, DoorsController, SharedDoorsController);
  });
  beforeEach(() => {
    auth.down = false;
    clock.advance(60_000);
  });
  afterAll(async () => {
    await service.close();
    await auth.stop();
  });

  const challengeOf = (answer: { headers: Headers }) => answer.headers.get('www-authenticate');

  it('lets everybody through a public door', async () => {
    expect((await service.http.get('/doors/public')).status).toBe(200);
    expect((await service.http.get('/doors/public', { token: 'garbage' })).status).toBe(200);
  });

  it('lets a signed-in user in, and hands over who it is', async () => {
    const token = auth.user('u1', []);
    expect((await service.http.get('/doors/mine', { token })).body).toEqual({ userId: 'u1', hasToken: true });
  });

  it('refuses a request without a token, with a challenge that names no error', async () => {
    const answer = await service.http.get('/doors/mine');
    expect([answer.status, answer.body.code]).toEqual([401, 'token_missing']);
    expect(challengeOf(answer)).toBe('Bearer realm="parley"');
  });

  it('ignores tokens in the query and in the body, and does not log them', async () => {
    const token = auth.user('u1', ['*:*']);
    expect((await service.http.get(`/doors/mine?token=${token}&access_token=${token}`)).status).toBe(401);
    expect((await service.http.post('/doors/chat', { access_token: token })).status).toBe(401);
    expect(logs.text()).not.toContain(token.slice(0, 40));
  });

  it('ignores headers that claim to be somebody', async () => {
    const headers = { 'x-user-id': 'u1', 'x-org-id': 'o1', 'x-internal-token': 'yes', 'x-forwarded-user': 'u1' };
    expect((await service.http.get('/doors/mine', { headers })).status).toBe(401);
    expect((await service.http.get('/doors/internal', { headers })).status).toBe(401);
  });

  it('refuses garbage and an expired token, with the error in the challenge', async () => {
    const garbage = await service.http.get('/doors/mine', { token: 'garbage' });
    expect([garbage.status, garbage.body.code]).toEqual([401, 'invalid_token']);
    expect(challengeOf(garbage)).toContain('error="invalid_token"');
    const token = auth.user('u1', []);
    clock.advance(1_000_000);
    const expired = await service.http.get('/doors/mine', { token });
    expect([expired.status, expired.body.code]).toEqual([401, 'token_expired']);
  });

  it('[auth D1] opens a door to those whose role holds the permission, and says what the others lack', async () => {
    expect((await service.http.post('/doors/chat', undefined, { token: auth.user('u1', ['chat:*']) })).status).toBe(
      201,
    );
    const answer = await service.http.post('/doors/chat', undefined, { token: auth.user('u2', ['chat:read']) });
    expect([answer.status, answer.body.code, answer.body.permission]).toEqual([403, 'permission_denied', 'chat:write']);
    expect(answer.body.detail).toBe('Access denied. Required: chat:write');
    expect(challengeOf(answer)).toContain('error="insufficient_scope", scope="chat:write"');
  });

  it.each(['suspended', 'deactivated'] as const)('refuses an account that is %s', async (status) => {
    const token = auth.user('u3', ['*:*'], { status });
    for (const path of ['/doors/mine', '/doors/internal']) {
      expect([401, 403]).toContain((await service.http.get(path, { token })).status);
    }
    expect((await service.http.get('/doors/mine', { token })).body.code).toBe('account_disabled');
  });

  it('keeps users out of the doors of services, and services out of those of users', async () => {
    const user = await service.http.get('/doors/internal', { token: auth.user('u1', ['*:*']) });
    expect([user.status, user.body.code]).toEqual([403, 'service_token_required']);
    const token = auth.serviceToken('accounting', 'chat', 'users:read');
    expect((await service.http.get('/doors/internal', { token })).status).toBe(200);
    for (const answer of [
      await service.http.get('/doors/mine', { token }),
      await service.http.post('/doors/chat', undefined, { token }),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([403, 'user_token_required']);
    }
  });

  it('opens a shared door to a permission or a scope, and to nothing else', async () => {
    const look = (token: string) => service.http.get('/shared-doors', { token });
    expect((await look(auth.user('u1', ['ledger:audit']))).body).toEqual({ kind: 'user' });
    expect((await look(auth.serviceToken('a', 'chat', 'users:read'))).body).toEqual({ kind: 'service' });
    const refused = [
      await look(auth.user('u2', ['users:read'])),
      await look(auth.serviceToken('a', 'chat', 'ledger:audit')),
    ];
    expect(refused.map(({ status, body }) => [status, body.code])).toEqual([
      [403, 'permission_denied'],
      [403, 'insufficient_scope'],
    ]);
  });

  it('refuses a service token without the scope, and one for another audience', async () => {
    const unscoped = await service.http.get('/doors/internal', {
      token: auth.serviceToken('a', 'chat', 'users:readall'),
    });
    expect([unscoped.status, unscoped.body.code]).toEqual([403, 'insufficient_scope']);
    const elsewhere = await service.http.get('/doors/internal', {
      token: auth.serviceToken('a', 'auth', 'users:read'),
    });
    expect([elsewhere.status, elsewhere.body.code]).toEqual([401, 'invalid_token']);
  });

  it('says 503 while auth cannot tell what a user may do', async () => {
    const token = auth.user('u4', ['*:*']);
    auth.down = true;
    const answer = await service.http.get('/doors/mine', { token });
    expect([answer.status, answer.body.code]).toEqual([503, 'authz_unavailable']);
    expect(answer.headers.get('retry-after')).toBe('2');
  });

  it('stops a service whose developer forgot to say who may open a route', async () => {
    await expect(serviceWith(auth, DoorsController, ForgottenController)).rejects.toThrow(
      'These routes have no access rule: ForgottenController.read',
    );
    expect(Reflect.getMetadata(ACCESS_RULE, ForgottenController)).toBeUndefined();
  });
});
