import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newApiKey } from '@parley/auth';
import { AccountingHarness, buildHold, flatPrice, problem, refusal, type TestUser } from './accounting-harness.js';

let accounting: AccountingHarness;
let user: TestUser;

beforeAll(async () => {
  accounting = await AccountingHarness.start();
  await accounting.price('flat', flatPrice(10, 1));
});
beforeEach(async () => {
  user = await accounting.createUser(1_000);
});
afterAll(async () => expect(await accounting.stop()).toEqual([]));

const usual = ['chat:*', 'models:read'];
const createKey = (cap_ucr: number | null = null, scopes: readonly string[] = usual, change = {}) =>
  accounting.auth.apiKey(user.id, scopes, { cap_ucr, ...change });
const balance = (token: string) => accounting.http.get('/credits/balance', { token });
/** A hold of ten and one for each token of output. */
const hold = (key: string, tokens = 0, body = {}) =>
  accounting.hold({ id: user.id, token: key }, buildHold({ max_output_tokens: tokens, ...body }));
const verifications = () => accounting.auth.requests.filter((path) => path === '/internal/api-keys/verify').length;
const used = (output_tokens: number) => ({ usage: { input_tokens: 1, output_tokens, source: 'provider' } });

describe('an API key', () => {
  it('stands for its owner where they spend, and entries, receipts and usage name it', async () => {
    const { key, id } = createKey();
    expect((await balance(key)).body).toMatchObject({ balance_ucr: 1_000 });
    const { status, body } = await hold(key, 50);
    expect([status, body.account_id]).toEqual([201, `user:${user.id}`]);
    await accounting.settle(body.hold_id, used(20));
    await accounting.refund({ hold_id: body.hold_id, amount_ucr: 5 });
    const { body: plain } = await accounting.hold(user, buildHold({ max_output_tokens: 50 }));
    await accounting.settle(plain.hold_id, used(20));
    const entries = (await accounting.http.get('/credits/entries', { token: key })).body.data;
    const named = entries.map(({ type, api_key_id }: Record<string, string>) => [type, api_key_id]);
    expect(named).toEqual([
      ['settle', undefined],
      ['hold', undefined],
      ['refund', id],
      ['settle', id],
      ['hold', id],
      ['allocation', undefined],
    ]);
    const path = `/credits/entries/${encodeURIComponent(`close:${body.hold_id}`)}/receipt`;
    expect((await accounting.http.get(path, { token: key })).body).toMatchObject({ api_key_id: id, model: 'flat' });
    const now = accounting.clock.now();
    const period = `from=${new Date(now - 1).toISOString()}&to=${new Date(now + 1).toISOString()}`;
    const usage = await accounting.http.get(`/ledger/usage?${period}&api_key_id=${id}`, { token: accounting.admin() });
    expect(usage.body.data).toMatchObject([{ model: 'flat', calls: 1, charged_ucr: 30, refunded_ucr: 5 }]);
  });

  it('may do no more than its scopes say, and no more than its owner may', async () => {
    const { key } = createKey(null, ['models:read']);
    expect(refusal(await hold(key))).toEqual(problem(403, 'permission_denied'));
    expect(refusal(await balance(key))).toEqual(problem(403, 'permission_denied'));
    const { key: wide } = createKey(null, ['*:*']);
    const gift = { user_id: user.id, amount_ucr: 1, reason: 'test' };
    const taken = await accounting.http.post('/credits/allocations', gift, { token: wide });
    expect(refusal(taken)).toEqual(problem(403, 'permission_denied'));
    expect((await hold(wide)).status).toBe(201);
    await accounting.auth.change(user.id, ['models:read']);
    expect(refusal(await hold(wide))).toEqual(problem(403, 'permission_denied'));
    await accounting.auth.change(user.id, ['chat:stream']);
    expect((await hold(wide)).status).toBe(201);
  });

  it('is no service token', async () => {
    const { key } = createKey(null, ['*:*']);
    const answer = await accounting.http.post('/holds', buildHold(), { token: key });
    expect(refusal(answer)).toEqual(problem(403, 'service_token_required'));
  });

  it("of an organization spends its pool, in nobody else's name", async () => {
    accounting.auth.organizations.add('org_keys');
    const pay = { org_id: 'org_keys', amount_ucr: 100, reason: 'test' };
    await accounting.http.post('/credits/allocations', pay, { token: accounting.admin() });
    accounting.auth.user('apk_org', ['chat:*']);
    const facts = { key_id: 'apk_org', org_id: 'org_keys', cap_ucr: 50 };
    const { key } = accounting.auth.apiKey('apk_org', usual, facts);
    const { status, body } = await hold(key, 40);
    expect([status, body.account_id]).toEqual([201, 'org:org_keys']);
    expect(refusal(await hold(key))).toEqual(problem(402, 'api_key_cap_reached'));
    const stored = await accounting.db.collection('credit_holds').findOne({ _id: body.hold_id });
    expect(stored).toMatchObject({ user_id: 'apk_org', api_key_id: 'apk_org', caps: ['key:apk_org'] });
  });
});

describe('asking auth about a key', () => {
  it('is done once a minute, also for one that is none, and never for garbage', async () => {
    const { key } = createKey();
    const unknown = newApiKey().key;
    accounting.auth.requests = [];
    await Promise.all([balance(key), balance(key)]);
    await balance(key);
    expect(verifications()).toBe(1);
    for (let count = 0; count < 3; count++) {
      const answer = await balance(unknown);
      expect(refusal(answer)).toEqual(problem(401, 'invalid_token'));
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    }
    expect(verifications()).toBe(2);
    for (const garbage of [
      'pk_',
      'pk_x',
      `${key}x`,
      key.slice(0, -1),
      key.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    ])
      expect(refusal(await balance(garbage))).toEqual(problem(401, 'invalid_token'));
    expect(verifications()).toBe(2);
    accounting.clock.advance(60_000);
    expect((await balance(key)).status).toBe(200);
    expect(verifications()).toBe(3);
  });

  it('while it is down is 503 for a key that is not known, and nothing for one that is', async () => {
    const [known, fresh] = [createKey(), createKey()];
    expect((await balance(known.key)).status).toBe(200);
    accounting.auth.down = true;
    expect(refusal(await balance(fresh.key))).toEqual(problem(503, 'authz_unavailable'));
    expect((await balance(known.key)).status).toBe(200);
    expect(refusal(await balance('pk_garbage'))).toEqual(problem(401, 'invalid_token'));
    accounting.auth.down = false;
    expect((await balance(fresh.key)).status).toBe(200);
  });

  it('ends a key as soon as auth tells of it, and one whose owner is suspended', async () => {
    const [one, other] = [createKey(), createKey()];
    for (const { key } of [one, other]) expect((await balance(key)).status).toBe(200);
    await accounting.auth.revokeApiKey(one);
    expect(refusal(await balance(one.key))).toEqual(problem(401, 'invalid_token'));
    expect(refusal(await hold(one.key))).toEqual(problem(401, 'invalid_token'));
    expect((await balance(other.key)).status).toBe(200);
    await accounting.auth.change(user.id, ['chat:stream'], { status: 'suspended' });
    expect(refusal(await balance(other.key))).toEqual(problem(401, 'account_disabled'));
    await accounting.auth.change(user.id, ['chat:stream']);
    expect((await balance(other.key)).status).toBe(200);
  });

  it('is not needed for the end of a key that has one', async () => {
    const { key } = createKey(null, usual, { valid_until: accounting.clock.now() + 1_000 });
    expect((await balance(key)).status).toBe(200);
    accounting.auth.requests = [];
    accounting.clock.advance(1_000);
    expect(refusal(await balance(key))).toEqual(problem(401, 'token_expired'));
    expect(verifications()).toBe(0);
  });

  it('survives a new password of its owner', async () => {
    const { key } = createKey();
    expect((await balance(key)).status).toBe(200);
    accounting.clock.advance(1);
    await accounting.auth.changeCredential(user.id);
    expect((await balance(key)).status).toBe(200);
  });
});

describe("a key's own cap", () => {
  it('is refused before anything is held, and what was not used comes back', async () => {
    const { key } = createKey(100);
    const { body } = await hold(key, 80);
    const refused = await hold(key, 5);
    expect(refusal(refused)).toEqual(problem(402, 'api_key_cap_reached'));
    expect(refused.body).toMatchObject({ required_ucr: 15, available_ucr: 10 });
    expect((await balance(key)).body).toMatchObject({ balance_ucr: 1_000, held_ucr: 90 });
    await accounting.settle(body.hold_id, used(20));
    expect((await hold(key, 60)).status).toBe(201);
    expect(refusal(await hold(key))).toEqual(problem(402, 'api_key_cap_reached'));
    expect((await accounting.hold(user, buildHold({ max_output_tokens: 80 }))).status).toBe(201);
  });

  it('bounds top-ups, and lasts longer than a day or a month', async () => {
    const { key } = createKey(40);
    const { body } = await hold(key, 20);
    const denied = await accounting.progress(body.hold_id, { ...used(20), top_up_output_tokens: 20 });
    expect([denied.status, denied.body.code]).toEqual([402, 'api_key_cap_reached']);
    await accounting.settle(body.hold_id, used(20));
    accounting.clock.advance(40 * 86_400_000);
    expect(refusal(await hold(key, 5))).toEqual(problem(402, 'api_key_cap_reached'));
    expect((await hold(key)).status).toBe(201);
  });

  it('holds however many of its calls come at once', async () => {
    const { key, id } = createKey(100);
    const answers = await Promise.all(Array.from({ length: 16 }, () => hold(key, 10)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    const codes = answers.filter(({ status }) => status !== 201).map(({ status, body }) => `${status} ${body.code}`);
    expect(new Set(codes)).toEqual(new Set(['402 api_key_cap_reached']));
    expect(await accounting.db.collection('member_caps').findOne({ _id: `key:${id}` } as object)).toMatchObject({
      held_ucr: 100n,
      spent_ucr: 0n,
    });
  });
});
