import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sendExamples, type TestService } from '@parley/testing';
import { Validator } from '@seriousme/openapi-schema-validator';
import { AuthInstallation, logIn, serviceToken } from './running-auth.js';

describe('GET /openapi.json', () => {
  const installation = new AuthInstallation();
  let auth: TestService;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  let document: any;

  beforeAll(async () => {
    auth = await installation.start();
    document = (await auth.http.get('/openapi.json')).body;
  });
  afterAll(() => installation.remove());

  it('is a valid OpenAPI 3.1 document', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('says for every operation what it does, and what a good answer looks like', () => {
    const operations = Object.values<object>(document.paths).flatMap((path) => Object.values(path));
    expect(operations.length).toBeGreaterThanOrEqual(9);
    for (const { summary, responses } of operations) {
      expect(summary).toEqual(expect.any(String));
      expect(Object.keys(responses).some((status) => status.startsWith('2'))).toBe(true);
    }
  });

  it('documents examples that work as they stand', async () => {
    const tokens = {
      access_token: await logIn(auth, 'user1'),
      service_token: await serviceToken(auth, 'chat', 'auth'),
    };
    const { id } = (await auth.http.get('/auth/me', { token: tokens.access_token })).body;
    const results = await sendExamples(document, { baseUrl: auth.url, tokens, parameters: { id, user_id: id } });
    expect(results.filter(([, , isDocumented]) => !isDocumented)).toEqual([]);
    expect(results).toEqual(
      expect.arrayContaining([
        ['POST /auth/login', 200, true],
        ['GET /auth/me', 200, true],
        ['POST /oauth/token', 200, true],
        ['GET /internal/authz/grants', 200, true],
        ['GET /internal/users/{id}', 200, true],
      ]),
    );
    expect(results.filter(([operation]) => operation === 'POST /auth/login')).toHaveLength(2);
  });

  it('is shown to people at /docs', async () => {
    const page = await auth.http.get('/docs');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
  });
});
