import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { captureLogs, startTestService, type TestService, tinyService } from '@parley/testing';
import { z } from 'zod';
import { Public } from './access/access-rule.js';
import { DomainError } from './errors/domain-error.js';
import { isAllowedOrigin } from './http/cors.js';

const secret = 'the password is hunter2';

@Public()
@Controller('things')
class ThingsController {
  @Post()
  @HttpCode(200)
  create(@Body({ schema: z.strictObject({ name: z.string() }) }) body: { name: string }) {
    return body;
  }

  @Get('bug')
  bug() {
    throw new Error(secret);
  }

  @Get('refused')
  refused() {
    const facts = { required_ucr: 5, status: 200, code: 'forged' };
    throw new DomainError('rateLimited', 'slow_down', 'Not so fast.', { facts, retryAfterSeconds: 7 });
  }

  @Get(':id')
  read(@Param('id') id: string) {
    return { id };
  }
}

describe('a service', () => {
  const logs = captureLogs();
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService(tinyService(logs.logger, [ThingsController]), logs.logger);
  });
  afterAll(() => service.close());

  const post = (raw: string, type = 'application/json') =>
    service.http.post('/things', undefined, { raw, headers: { 'content-type': type } });

  it('answers a good request, also under /api and with a slash at the end', async () => {
    for (const path of ['/things', '/api/things', '/things/']) {
      expect(await service.http.post(path, { name: 'n' })).toMatchObject({ status: 200, body: { name: 'n' } });
    }
  });

  describe('answers with problem+json and without a stack', () => {
    it.each<[number, string, () => Promise<{ status: number; headers: Headers; body: unknown }>]>([
      [400, 'malformed_json', () => post('{"name":')],
      [400, 'malformed_json', () => post('')],
      [400, 'malformed_json', () => post('{"name":"a","name":"a"}')],
      [400, 'malformed_json', () => post('{"__proto__":{"isAdmin":true},"name":"n"}')],
      [400, 'malformed_json', () => post('{"constructor":{"prototype":{"isAdmin":true}},"name":"n"}')],
      [400, 'malformed_request', () => service.http.get('/%E0%A4%A')],
      [400, 'malformed_request', () => service.http.get(`/things/${'x'.repeat(601)}`)],
      [400, 'validation_failed', () => post('{"name":{"$gt":""}}')],
      [400, 'validation_failed', () => post('[]')],
      [400, 'validation_failed', () => post('null')],
      [400, 'unknown_field', () => post('{"name":"n","admin":true}')],
      [404, 'route_not_found', () => service.http.get('/nothing/here')],
      [404, 'route_not_found', () => service.http.put('/things', {})],
      [404, 'route_not_found', () => service.http.get('/apithings')],
      [413, 'body_too_large', () => post(JSON.stringify({ name: 'x'.repeat(1_048_576) }))],
      [415, 'unsupported_media_type', () => post('<name/>', 'text/xml')],
      [415, 'unsupported_media_type', () => post('{"name":"n"}', 'text/plain')],
      [415, 'unsupported_media_type', () => post('name=n', 'application/x-www-form-urlencoded')],
      [429, 'slow_down', () => service.http.get('/things/refused')],
      [500, 'internal_error', () => service.http.get('/things/bug')],
    ])('%i %s (%#)', async (status, code, send) => {
      const answer = await send();
      expect(answer.status).toBe(status);
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.body).toMatchObject({
        type: `urn:parley:problem:${code}`,
        title: expect.any(String),
        status,
        detail: expect.stringMatching(/^.{5,300}$/s),
        instance: expect.stringMatching(/^\//),
        code,
        request_id: answer.headers.get('x-request-id'),
      });
      expect(JSON.stringify(answer.body)).not.toMatch(/hunter2|node_modules|\.[jt]s:\d|FST_/);
      expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
    });
  });

  it('adds the facts of an error, which cannot replace its own members, and when to come back', async () => {
    const { body, headers } = await service.http.get('/things/refused?token=abc');
    expect(body).toMatchObject({ required_ucr: 5, status: 429, code: 'slow_down', instance: '/things/refused' });
    expect(headers.get('retry-after')).toBe('7');
  });

  it('keeps the cause of a bug in its log, with the request id of the answer', async () => {
    const { body } = await service.http.get('/things/bug');
    const line = logs.lines.find((each) => each.request_id === body.request_id && each.code === 'internal_error');
    expect(line).toMatchObject({ level: 'error', path: '/things/bug', err: { message: secret } });
  });

  it('takes over a well-formed request id, and makes its own for another', async () => {
    const idOf = async (given: string) =>
      (await service.http.get('/things/1', { headers: { 'x-request-id': given } })).headers.get('x-request-id');
    expect(await idOf('trace-0123456789')).toBe('trace-0123456789');
    for (const bad of ['short', 'has spaces in it', 'x'.repeat(601)]) {
      expect(await idOf(bad)).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('does not log the query of a request', async () => {
    await service.http.get('/things/1?access_token=hidden-in-the-query');
    expect(logs.text()).not.toContain('hidden-in-the-query');
  });

  it('lets the listed origins read its answers, and no others', async () => {
    const from = async (origin: string) => (await service.http.get('/things/1', { headers: { origin } })).headers;
    const listed = await from('http://localhost:5173');
    expect(listed.get('access-control-allow-origin')).toBe('http://localhost:5173');
    expect(listed.get('access-control-expose-headers')).toContain('X-Streaming-Session-Id');
    for (const origin of ['https://evil.com', 'null', 'http://localhost:5173.evil.com', 'http://localhost']) {
      const headers = await from(origin);
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('vary')).toContain('Origin');
    }
  });

  it('keeps an own body limit where it says so', async () => {
    const limited = await startTestService(tinyService(logs.logger, [ThingsController]), logs.logger, {
      bodyLimitBytes: 100,
    });
    expect((await limited.http.post('/things', { name: 'x'.repeat(200) })).body.code).toBe('body_too_large');
    expect((await limited.http.post('/things', { name: 'x' })).status).toBe(200);
    await limited.close();
  });
});

const allowed = ['https://app.example.com', 'http://localhost:*'];

describe('isAllowedOrigin', () => {
  it.each(['https://app.example.com', 'http://localhost:3000', 'http://localhost:65535'])('takes %s', (origin) =>
    expect(isAllowedOrigin(origin, allowed)).toBe(true),
  );

  it.each([
    'https://evil.com',
    'null',
    '',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://app.example.com.evil.com',
    'https://evilapp.example.com',
    'https://APP.example.com',
    'http://localhost',
    'http://localhost:',
    'http://localhost:3000.evil.com',
    'http://localhost:evil.com',
    'http://localhost:3000/path',
    'https://localhost:3000',
    'http://localhost.evil.com:3000',
    'http://localhost:123456',
  ])('refuses %j', (origin) => expect(isAllowedOrigin(origin, allowed)).toBe(false));

  it('takes nobody where nobody is listed', () => {
    expect(isAllowedOrigin('http://localhost:3000', [])).toBe(false);
  });
});
