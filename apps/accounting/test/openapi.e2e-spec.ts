import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { offlineModelId } from '@parley/contracts';
import { sendExamples } from '@parley/testing';
import { Validator } from '@seriousme/openapi-schema-validator';
import { AccountingHarness } from './accounting-harness.js';

const exampleUser = 'usr_1f0c9d2e7b6a4853a1d2c3b4e5f60718';
const exampleOrganization = 'org_1f0c9d2e7b6a4853a1d2c3b4e5f60718';
const scopes = 'holds:write users:erase allowances:grant';
const exampleStream = 'stream-1768478400000-9b2f6c1e-4d3a-4f5b-8c7d-0e1f2a3b4c5d';

let accounting: AccountingHarness;
// eslint-disable-next-line @typescript-eslint/no-explicit-any
let document: any;
beforeAll(async () => {
  accounting = await AccountingHarness.start({ SEED_DEMO: 'true' });
  document = (await accounting.http.get('/openapi.json')).body;
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

describe('GET /openapi.json', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    expect(await new Validator().validate(structuredClone(document))).toMatchObject({ valid: true });
    expect(document.openapi).toBe('3.1.0');
  });

  it('describes every route, each with a summary and its answers', () => {
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item as Record<string, { summary?: string; responses: object }>).map(
        ([method, { summary, responses }]) =>
          [`${method.toUpperCase()} ${path}`, Boolean(summary) && Object.keys(responses).length > 0] as const,
      ),
    );
    expect(Object.fromEntries(operations)).toEqual(
      Object.fromEntries(
        [
          ...['GET /health', 'GET /health/config', 'GET /health/live', 'GET /health/ready', 'GET /metrics'],
          ...['GET /credits/balance', 'GET /credits/entries', 'POST /credits/allocations', 'POST /credits/estimate'],
          ...['POST /credits/adjustments', 'POST /credits/refunds', 'GET /credits/entries/{entry_id}/receipt'],
          'PUT /credits/member-caps',
          ...['POST /credits/rules', 'GET /credits/rules', 'GET /credits/rules/{rule_id}'],
          ...['PATCH /credits/rules/{rule_id}', 'DELETE /credits/rules/{rule_id}'],
          ...['GET /credits/rules/{rule_id}/grants', 'POST /internal/starting-balances'],
          ...['POST /ledger/reconcile', 'GET /ledger/reconcile/{run}', 'GET /ledger/verify/{account_id}'],
          ...['POST /ledger/repair/{account_id}', 'GET /ledger/usage', 'GET /health/ledger'],
          ...[
            'GET /prices',
            'PUT /prices/{model}',
            'POST /internal/allowances',
            'POST /internal/erasures',
            'POST /internal/organization-closures',
          ],
          ...[
            'PUT /holds/{id}/progress',
            'POST /holds',
            'GET /holds/{id}',
            'POST /holds/{id}/settle',
            'POST /holds/{id}/release',
          ],
        ].map((operation) => [operation, true]),
      ),
    );
  });

  it('gives examples that a running service answers as the document says', async () => {
    const token = accounting.auth.user(exampleUser, ['credits:*', 'prices:*', 'chat:stream', 'ledger:*']);
    const rule = { kind: 'starting_balance', amount_ucr: 5, reason: 'test' };
    const ruleId = (await accounting.http.post('/credits/rules', rule, { token: accounting.admin() })).body.rule_id;
    accounting.auth.organizations.add(exampleOrganization);
    const results = await sendExamples(document, {
      baseUrl: accounting.service.url,
      tokens: { access_token: token, service_token: accounting.auth.serviceToken('every', 'accounting', scopes) },
      parameters: {
        id: exampleStream,
        entry_id: `hold:${exampleStream}`,
        run: 'run_x',
        rule_id: ruleId,
        account_id: `user:${exampleUser}`,
        model: 'vendor/model:latest',
        from: '2026-01-01T00:00:00Z',
        to: '2026-02-01T00:00:00Z',
        'X-Subject-Token': token,
      },
    });
    expect(results.filter(([, , isDocumented]) => !isDocumented)).toEqual([]);
    const succeeded = new Set(results.filter(([, status]) => status < 300).map(([operation]) => operation));
    expect([...succeeded]).toEqual(
      expect.arrayContaining([
        'POST /credits/allocations',
        'PUT /prices/{model}',
        'POST /holds',
        'POST /credits/estimate',
        'POST /ledger/reconcile',
        'POST /internal/allowances',
        'POST /internal/starting-balances',
        'POST /internal/erasures',
        'POST /internal/organization-closures',
        'POST /credits/rules',
        'PATCH /credits/rules/{rule_id}',
        'DELETE /credits/rules/{rule_id}',
        'GET /ledger/usage',
        'GET /health/ledger',
      ]),
    );
    expect((await accounting.storedHold(exampleStream))?.model).toBe(offlineModelId);
  });
});
