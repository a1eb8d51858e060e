import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { captureLogs, startTestService, type TestService, tinyService } from '@parley/testing';
import { Public } from '../access/access-rule.js';
import { toHttpSettings } from './http-settings.js';
import { isServedHost } from './served-hosts.js';

const names = ['auth', 'parley.example.com', '192.168.1.5', '[fd00::1]'];

describe('isServedHost', () => {
  it.each([
    ...['localhost', 'localhost:3000', 'LOCALHOST', 'localhost.', 'demo.localhost:8080', 'a.b.localhost'],
    ...['127.0.0.1', '127.0.0.1:3000', '127.8.9.10', '[::1]', '[::1]:3000'],
    ...['auth', 'auth:3000', 'parley.example.com', 'Parley.Example.COM:443', '192.168.1.5:3002', '[fd00::1]:3000'],
  ])('[attack 119] takes %s', (host) => expect(isServedHost(host, names)).toBe(true));

  it.each([
    ...[undefined, '', 'evil.example', 'evil.example:3000', 'localhost.evil.example', '127.0.0.1.evil.example'],
    ...['evil-localhost', 'xlocalhost', '.localhost', '127.0.0', '0.0.0.0', '0.0.0.0:3000', '10.0.0.1'],
    ...['[::2]', '[::]', 'auth.evil.example', 'evil.auth', 'parley.example.com.evil.example', 'authority'],
    ...[
      'evil.example@localhost',
      'localhost:3000@evil.example',
      'localhost:port',
      'localhost localhost',
      'localhost,a',
    ],
    ...['localhost/evil.example', 'localhost:', 'localhost:123456', 'lоcalhost'],
  ])('[attack 119] refuses %j', (host) => expect(isServedHost(host, names)).toBe(false));
});

@Public()
@Controller('things')
class ThingsController {
  @Get()
  read() {
    return {};
  }
}

const given = {
  NODE_ENV: 'development' as const,
  HOST: '127.0.0.1',
  CORS_ORIGINS: [],
  TRUSTED_PROXIES: ['loopback'],
  AUTH_URL: 'http://auth:3000',
  ACCOUNTING_URL: 'http://accounting:3001',
  CHAT_URL: 'http://192.168.1.5:3002',
  API_DOCS: false,
  PUBLIC_WEB_URL: 'https://Parley.example.com:8443/app',
};

describe('the hosts of a service', () => {
  const { logger } = captureLogs();
  const services: TestService[] = [];
  let development: TestService;
  let production: TestService;

  const start = async (environment: Parameters<typeof toHttpSettings>[0]) => {
    const service = await startTestService(
      tinyService(logger, [ThingsController]),
      logger,
      toHttpSettings(environment, 0),
    );
    services.push(service);
    return service;
  };
  beforeAll(async () => {
    development = await start(given);
    production = await start({ ...given, NODE_ENV: 'production' });
  });
  afterAll(() => Promise.all(services.map((service) => service.close())));

  /** fetch() does not let anybody choose the Host. */
  const get = (service: TestService, path: string, headers: Record<string, string>) =>
    new Promise<{ status: number; type: string | undefined; body: string }>((resolve, reject) => {
      const sent = request(`${service.url}${path}`, { headers, agent: false }, (response) => {
        let body = '';
        response.on('data', (data: Buffer) => (body += data.toString()));
        response.on('end', () =>
          resolve({ status: response.statusCode!, type: response.headers['content-type'], body }),
        );
      });
      sent.on('error', reject).end();
    });

  it.each(['/things', '/api/things', '/health-of-nothing', '/docs', '/openapi.json', '/metrics'])(
    '[attack 119] a page whose name points at this machine is refused on %s',
    async (path) => {
      const answer = await get(development, path, { host: 'evil.example' });
      expect(answer).toMatchObject({ status: 421, type: 'application/problem+json; charset=utf-8' });
      expect(JSON.parse(answer.body)).toMatchObject({ status: 421, code: 'misdirected_request' });
      expect(answer.body).not.toContain('evil');
    },
  );

  it('[attack 119] is not told otherwise by what a proxy would say', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'localhost', forwarded: 'host=localhost' };
    expect((await get(development, '/things', headers)).status).toBe(421);
  });

  it.each(['localhost:3002', 'auth:3000', 'accounting:3001', '192.168.1.5:3002', 'parley.example.com:8443'])(
    'serves %s: this machine, the other services, and the address that people use',
    async (host) => expect((await get(development, '/things', { host })).status).toBe(200),
  );

  it('serves any name in production, where a proxy of the operator stands in front', async () => {
    expect((await get(production, '/things', { host: 'chat.internal' })).status).toBe(200);
  });
});
