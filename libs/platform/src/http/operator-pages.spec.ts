import { afterEach, describe, expect, it } from '@jest/globals';
import { captureLogs, startTestService, type TestService, tinyService } from '@parley/testing';
import { z } from 'zod';
import { loadConfig, platformEnvironment } from '../config/load-config.js';
import { productionRules } from '../config/production-rules.js';
import { MetricsController } from '../health/metrics.controller.js';
import { toHttpSettings } from './http-settings.js';

const token = 'f3c88c57a1e9b1e09d4cbb1bc1f7d4e7';
const production = { NODE_ENV: 'production', CORS_ORIGINS: 'https://a.test' };
const read = (given: Record<string, string>) =>
  loadConfig(z.object(platformEnvironment).check(...productionRules([])), { MONGODB_URI: 'mongodb://db', ...given });

describe('the pages for operators', () => {
  const { logger } = captureLogs();
  let service: TestService;
  afterEach(() => service.close());

  const start = async (given: Record<string, string>) => {
    const http = toHttpSettings(read(given), 0);
    service = await startTestService(tinyService(logger, [MetricsController]), logger, http);
  };
  const statuses = async (paths: string[], sent = {}) =>
    Promise.all(paths.map(async (path) => (await service.http.get(path, sent)).status));

  const metrics = ['/metrics', '/metrics/', '/api/metrics', '/metrics?token=1', '/%6detrics'];
  const pages = [
    '/docs',
    '/docs/',
    '/docs/swagger-ui.css',
    '/openapi.json',
    '/api/openapi.json',
    '/docs-json',
    '/docs-yaml',
  ];

  it('are open outside production', async () => {
    await start({});
    expect(await statuses(['/metrics', '/docs', '/openapi.json'])).toEqual([200, 200, 200]);
  });

  it('[auth B7] show in development what has arrived of a request, without its secrets', async () => {
    await start({});
    const headers = { 'x-seen': 'yes', cookie: '__Host-rt=secret-cookie', 'x-subject-token': 'secret-subject' };
    const { status, body } = await service.http.get('/debug/headers', { token, headers });
    expect([status, body.headers]).toMatchObject([
      200,
      { 'x-seen': 'yes', authorization: 'Bearer (32 characters)', cookie: '(23 characters)' },
    ]);
    expect(JSON.stringify(body)).not.toMatch(new RegExp(`${token}|secret-`));
  });

  it('[attack 122] are not there in production', async () => {
    await start(production);
    expect((await service.http.get('/debug/headers')).status).toBe(404);
    for (const sent of [{}, { token }, { token: '' }, { token: 'undefined' }]) {
      expect(new Set(await statuses([...metrics, ...pages], sent))).toEqual(new Set([404]));
    }
    const { body } = await service.http.get('/metrics');
    expect(body).toMatchObject({ code: 'route_not_found', instance: '/metrics' });
  });

  it('[attack 122] show measurements in production to whoever has METRICS_TOKEN', async () => {
    await start({ ...production, METRICS_TOKEN: token });
    const answer = await service.http.get('/metrics', { token });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    expect(answer.body).toContain('http_request_duration_seconds');
    const wrong = [
      {},
      { token: `${token}x` },
      { token: token.slice(1) },
      { headers: { authorization: `Basic ${token}` } },
    ];
    for (const sent of wrong) expect(new Set(await statuses(metrics, sent))).toEqual(new Set([401]));
    expect((await service.http.open('HEAD', '/metrics')).status).toBe(401);
    const refused = await service.http.get('/metrics');
    expect([refused.body.code, refused.headers.get('www-authenticate')]).toEqual([
      'invalid_token',
      'Bearer realm="parley-metrics"',
    ]);
  });

  it('asks for METRICS_TOKEN outside production too, where there is one', async () => {
    await start({ METRICS_TOKEN: token });
    expect([...(await statuses(['/metrics'])), ...(await statuses(['/metrics'], { token }))]).toEqual([401, 200]);
  });

  it('describe the API in production where API_DOCS says so', async () => {
    await start({ ...production, API_DOCS: 'true' });
    expect(await statuses(['/docs', '/openapi.json', '/metrics'])).toEqual([200, 200, 404]);
  });

  it('[attack 122] cost one collection for scrapes at the same time', async () => {
    await start({});
    let collections = 0;
    const metricsOf = service.app.get(MetricsController);
    const { registry } = (metricsOf as unknown as { metrics: { registry: { metrics: () => Promise<string> } } })
      .metrics;
    const collect = registry.metrics.bind(registry);
    registry.metrics = () => (collections++, collect());
    await Promise.all(Array.from({ length: 20 }, () => metricsOf.read()));
    expect(collections).toBe(1);
  });
});

describe('METRICS_TOKEN', () => {
  it.each([
    ['is short', { METRICS_TOKEN: 'short' }],
    ['is a sample in production', { ...production, METRICS_TOKEN: 'sample-replace-me-with-32-random-bytes' }],
  ])('is refused when it %s', (_, given) => expect(() => read(given)).toThrow(/METRICS_TOKEN: /));
});
