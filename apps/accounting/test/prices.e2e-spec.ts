import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { offlineModelId } from '@parley/contracts';
import { AccountingHarness, problem, refusal } from './accounting-harness.js';

let accounting: AccountingHarness;
beforeAll(async () => {
  accounting = await AccountingHarness.start({ SEED_DEMO: 'true' });
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

const rates = { input_ucr_per_mtok: 3, output_ucr_per_mtok: 5 };
const listed = async (): Promise<Array<Record<string, unknown>>> =>
  (await accounting.http.get('/prices?limit=100')).body.data;

describe('GET /prices', () => {
  it('is open to everybody and has the demo price', async () => {
    const { status, body } = await accounting.http.get('/prices');
    const seeded = {
      model: offlineModelId,
      input_ucr_per_mtok: 2_000_000,
      output_ucr_per_mtok: 10_000_000,
      per_call_ucr: 100,
      free: false,
    };
    expect([status, body]).toMatchObject([200, { data: [seeded], next_cursor: null }]);
  });

  it('shows only the version in force', async () => {
    await accounting.price('versions', rates);
    const { body: second } = await accounting.price('versions', { ...rates, input_ucr_per_mtok: 4 });
    expect((await listed()).filter(({ model }) => model === 'versions')).toEqual([second]);
  });

  it('goes through all pages', async () => {
    for (const model of ['page-a', 'page-b', 'page-c']) await accounting.price(model, rates);
    const models: unknown[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = cursor === '' ? '?limit=1' : `?limit=1&cursor=${encodeURIComponent(cursor)}`;
      const { body } = await accounting.http.get(`/prices${query}`);
      models.push(...body.data.map(({ model }: { model: string }) => model));
      cursor = body.next_cursor;
    }
    expect(models).toEqual((await listed()).map(({ model }) => model));
    expect(models).toEqual(expect.arrayContaining(['page-a', 'page-b', 'page-c']));
  });

  it.each([
    ['?limit=0', 'validation_failed'],
    ['?limit=1000', 'validation_failed'],
    ['?cursor=', 'validation_failed'],
    ['?sort=asc', 'unknown_field'],
  ])('refuses %s', async (query, code) => {
    expect(refusal(await accounting.http.get(`/prices${query}`))).toEqual(problem(400, code));
  });
});

describe('PUT /prices/{model}', () => {
  it('answers with the new version; cached tokens cost what input costs unless the price says otherwise', async () => {
    const { status, body } = await accounting.price('gpt', { ...rates, cache_read_ucr_per_mtok: 1 });
    expect([status, body]).toEqual([
      201,
      {
        price_id: expect.stringMatching(/^prc_/),
        model: 'gpt',
        input_ucr_per_mtok: 3,
        output_ucr_per_mtok: 5,
        cache_read_ucr_per_mtok: 1,
        cache_write_ucr_per_mtok: 3,
        per_call_ucr: 0,
        free: false,
        effective_at: '2026-01-15T12:00:00.000Z',
      },
    ]);
  });

  it('keeps every earlier version as it was', async () => {
    const { body: first } = await accounting.price('kept', rates);
    await accounting.price('kept', { ...rates, input_ucr_per_mtok: 99 });
    const stored = await accounting.db
      .collection('price_versions')
      .find({ model: 'kept' })
      .sort({ version: 1 })
      .toArray();
    expect(stored).toMatchObject([
      { _id: first.price_id, version: 1, input_ucr_per_mtok: 3n, created_by: 'usr_admin' },
      { version: 2, input_ucr_per_mtok: 99n },
    ]);
  });

  it('takes a model whose id holds / and :', async () => {
    const { body } = await accounting.price('vendor/model:latest', rates);
    expect(body.model).toBe('vendor/model:latest');
  });

  it('takes a free model that says so', async () => {
    const { status, body } = await accounting.price('gratis', {
      input_ucr_per_mtok: 0,
      output_ucr_per_mtok: 0,
      free: true,
    });
    expect([status, body.free]).toEqual([201, true]);
  });

  it('gives parallel writers a version each', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => accounting.price('busy', rates)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    const stored = await accounting.db.collection('price_versions').find({ model: 'busy' }).toArray();
    expect(stored.map(({ version }) => Number(version)).sort()).toEqual([1, 2, 3, 4, 5]);
  });

  describe('refuses, and changes nothing,', () => {
    it.each<[string, unknown, string]>([
      ['nothing for money', { input_ucr_per_mtok: 0, output_ucr_per_mtok: 0 }, 'price_invalid'],
      ['money for nothing', { ...rates, free: true }, 'price_invalid'],
      [
        'a price of the call on a free model',
        { ...rates, input_ucr_per_mtok: 0, per_call_ucr: 1, free: true },
        'price_invalid',
      ],
      ['a rate beyond all reason', { ...rates, input_ucr_per_mtok: 1_000_000_000_001 }, 'price_invalid'],
      ['a negative rate', { ...rates, input_ucr_per_mtok: -1_000_000 }, 'amount_invalid'],
      ['a fraction', { ...rates, output_ucr_per_mtok: 0.5 }, 'amount_invalid'],
      ['a numeric string', { ...rates, output_ucr_per_mtok: '5' }, 'amount_invalid'],
      ['1e308', { ...rates, output_ucr_per_mtok: 1e308 }, 'amount_invalid'],
      ['2^53', { ...rates, cache_read_ucr_per_mtok: 2 ** 53 }, 'amount_invalid'],
      ['an object for a rate', { ...rates, output_ucr_per_mtok: { $gt: 0 } }, 'amount_invalid'],
      ['a rate that is missing', { input_ucr_per_mtok: 5 }, 'amount_invalid'],
      ['a word for free', { ...rates, free: 'yes' }, 'validation_failed'],
      ['an unknown field', { ...rates, effective_at: '2020-01-01T00:00:00Z' }, 'unknown_field'],
      ['no body', undefined, 'validation_failed'],
    ])('%s', async (_name, body, code) => {
      const before = await accounting.counts();
      const answer = await accounting.http.put('/prices/refused', body, { token: accounting.admin() });
      expect(refusal(answer)).toEqual(problem(400, code));
      expect(await accounting.counts()).toEqual(before);
    });

    it.each([encodeURIComponent('two words'), encodeURIComponent('ü'), encodeURIComponent('$where')])(
      'the model %s',
      async (model) => {
        const answer = await accounting.http.put(`/prices/${model}`, rates, { token: accounting.admin() });
        expect(refusal(answer)).toEqual(problem(400, 'validation_failed'));
      },
    );

    it.each<[string, () => string | undefined, number, string]>([
      ['no token', () => undefined, 401, 'token_missing'],
      ['a user without the permission', () => accounting.user().token, 403, 'permission_denied'],
      ['a service', () => accounting.chat(), 403, 'user_token_required'],
      [
        'one whose right is from an organisation',
        () => {
          accounting.auth.user('usr_owner', ['*:*']);
          return accounting.auth.accessToken('usr_owner', { org_id: 'org_1' });
        },
        403,
        'permission_denied',
      ],
    ])('%s', async (_name, token, status, code) => {
      const given = token();
      const answer = await accounting.http.put('/prices/x', rates, given === undefined ? {} : { token: given });
      expect(refusal(answer)).toEqual(problem(status, code));
    });
  });
});

describe('POST /credits/estimate', () => {
  const send = (body: unknown, token = accounting.user().token) =>
    accounting.http.post('/credits/estimate', body, { token });
  const question = { model: offlineModelId, input_tokens: 12, max_output_tokens: 34 };

  it('answers from no output at all to the most that is asked for', async () => {
    const { status, body } = await send(question);
    expect([status, body]).toEqual([200, { min_ucr: 124, max_ucr: 464, price_id: expect.any(String) }]);
  });

  it('counts input at its cheapest for the least and at its dearest for the most', async () => {
    const rates = { input_ucr_per_mtok: 2_000_000, cache_read_ucr_per_mtok: 1_000_000, output_ucr_per_mtok: 0 };
    await accounting.price('cached', { ...rates, cache_write_ucr_per_mtok: 3_000_000 });
    const { body } = await send({ model: 'cached', input_tokens: 10, max_output_tokens: 5 });
    expect([body.min_ucr, body.max_ucr]).toEqual([10, 30]);
  });

  it.each<[string, unknown, number, string]>([
    ['a model without a price', { ...question, model: 'unheard-of' }, 422, 'model_not_priced'],
    ['an object for a model', { ...question, model: { $ne: '' } }, 400, 'validation_failed'],
    ['a fraction of a token', { ...question, input_tokens: 1.5 }, 400, 'validation_failed'],
    ['a negative count', { ...question, input_tokens: -1 }, 400, 'validation_failed'],
    ['too many tokens', { ...question, max_output_tokens: 100_000_001 }, 400, 'validation_failed'],
    ['a numeric string', { ...question, max_output_tokens: '34' }, 400, 'validation_failed'],
    ["a price of the caller's own", { ...question, price_id: 'prc_1' }, 400, 'unknown_field'],
    ['no body', undefined, 400, 'validation_failed'],
  ])('refuses %s', async (_name, body, status, code) => {
    expect(refusal(await send(body))).toEqual(problem(status, code));
  });

  it.each<[string, () => string, number, string]>([
    ['a user without the permission', () => accounting.user([]).token, 403, 'permission_denied'],
    ['a service', () => accounting.chat(), 403, 'user_token_required'],
    ['a garbage token', () => 'garbage', 401, 'invalid_token'],
  ])('refuses %s', async (_name, token, status, code) => {
    expect(refusal(await send(question, token()))).toEqual(problem(status, code));
  });
});

describe('the demo price', () => {
  it('is made once, however many instances start, and never replaces a price that is there', async () => {
    await accounting.price(offlineModelId, { input_ucr_per_mtok: 1, output_ucr_per_mtok: 1 });
    await accounting.addInstance();
    const stored = await accounting.db.collection('price_versions').find({ model: offlineModelId }).toArray();
    expect(stored.map(({ version }) => Number(version)).sort()).toEqual([1, 2]);
  });
});
