import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Param, Post, Put } from '@nestjs/common';
import { chatPermissions } from '@parley/contracts';
import { Public } from '@parley/platform';
import { AuthStandIn, captureLogs, startTestService, TestClock, type TestService, tinyService } from '@parley/testing';
import { z } from 'zod';
import { AuthLibModule } from '../auth-lib.module.js';
import { RequirePermission, RequireScope, SignedIn } from './decorators.js';

@Controller(['doors', 'other-doors'])
class DoorsController {
  @Post('public')
  @Public()
  open(@Body({ schema: z.unknown() }) body: unknown) {
    return { body };
  }

  @Put(':id/:part')
  @RequirePermission('chat', 'write')
  write(@Param('id') id: string, @Body({ schema: z.unknown() }) body: unknown) {
    return { id, body };
  }

  @Post()
  @RequireScope('holds:write')
  hold(@Body({ schema: z.unknown() }) body: unknown) {
    return { body };
  }
}

@SignedIn()
@Controller('mine')
class MineController {
  @Post()
  create(@Body({ schema: z.unknown() }) body: unknown) {
    return { body };
  }
}

const clock = new TestClock();
const { logger } = captureLogs();

describe('before the body of a request is read', () => {
  let auth: AuthStandIn;
  let service: TestService;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    auth = await AuthStandIn.start(clock);
    const credentials = { clientId: 'chat', clientSecret: 's'.repeat(32) } as const;
    const imports = [
      AuthLibModule.remote({ service: 'chat', authUrl: auth.url, credentials, permissions: chatPermissions }),
    ];
    const module = tinyService(logger, [DoorsController, MineController], { imports, clock });
    service = await startTestService(module, logger, { bodyLimitBytes: 1_000 });
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  afterAll(async () => {
    await service.close();
    await auth.stop();
  });

  const begin = (route: string, token: string | undefined, framing = 'content-length: 100'): Socket => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    sockets.push(socket);
    const credential = token === undefined ? '' : `authorization: Bearer ${token}\r\n`;
    socket.write(
      `${route} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${credential}${framing}\r\n\r\n`,
    );
    return socket;
  };
  /** What is answered to headers whose body never comes. */
  const answerTo = async (...request: Parameters<typeof begin>): Promise<string> => {
    const [data] = (await once(begin(...request), 'data')) as [Buffer];
    return data.toString();
  };

  it.each([
    ['POST /mine', 401, 'token_missing', () => undefined],
    ['POST /doors', 401, 'token_missing', () => undefined],
    ['PUT /doors/a%2Fb/c', 401, 'token_missing', () => undefined],
    ['PUT /api/other-doors/1/2/', 401, 'token_missing', () => undefined],
    ['POST /mine', 401, 'invalid_token', () => 'garbage'],
    ['POST /mine', 401, 'account_disabled', () => auth.user('u1', ['*:*'], { status: 'suspended' })],
    ['PUT /doors/1/2', 403, 'permission_denied', () => auth.user('u2', ['chat:read'])],
    ['POST /doors', 403, 'service_token_required', () => auth.user('u3', ['*:*'])],
    ['POST /doors', 403, 'insufficient_scope', () => auth.serviceToken('accounting', 'chat', 'users:read')],
  ])('[attack 118] %s is refused with %d %s', async (route, status, code, token) => {
    const answer = await answerTo(route, token());
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain('content-type: application/problem+json');
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ status, code });
  });

  it('[attack 118] says 503 while auth cannot be asked', async () => {
    const token = auth.user('u4', ['*:*']);
    auth.down = true;
    expect(await answerTo('PUT /doors/1/2', token)).toMatch(/^HTTP\/1\.1 503 (.|\r\n)*retry-after: 2/);
    auth.down = false;
  });

  it.each([
    ['the rest is small', 'content-length: 1000', false],
    ['the rest is larger than the route takes', 'content-length: 1001', true],
    ['the rest may be endless', 'transfer-encoding: chunked', true],
  ])(
    '[attack 118] a refusal ends the connection only where receiving the rest is not worth it: %s',
    async (_, framing, ends) => {
      const answer = await answerTo('POST /mine', undefined, framing);
      expect(/connection: close/.test(answer)).toBe(ends);
    },
  );

  it('waits for the body of a caller who may send one, and of anybody where the route is public', async () => {
    const body = JSON.stringify({ n: 1 });
    for (const [route, token] of [
      ['PUT /doors/1/2', auth.user('u5', ['chat:*'])],
      ['POST /doors/public', undefined],
      ['POST /doors/public', 'garbage'],
    ] as const) {
      const socket = begin(route, token, `content-length: ${body.length}`);
      socket.write(body);
      const [data] = (await once(socket, 'data')) as [Buffer];
      expect(data.toString()).toMatch(/^HTTP\/1\.1 20[01] (.|\r\n)*"body":\{"n":1\}/);
    }
  });

  it('asks again when the body is there: rights may be gone by then', async () => {
    const token = auth.user('u6', ['chat:*']);
    const received = once(service.app.getHttpServer(), 'request');
    const socket = begin('PUT /doors/1/2', token, 'content-length: 2');
    await received;
    // Its answer comes only after the first question has been put, and both go the same way.
    expect((await service.http.put('/doors/1/2', {}, { token })).status).toBe(200);
    await auth.change('u6', []);
    socket.write('{}');
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(data.toString()).toMatch(/^HTTP\/1\.1 403 /);
  });
});
