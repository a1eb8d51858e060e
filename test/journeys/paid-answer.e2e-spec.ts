import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, modelName, type Parley, startParley } from '../parley.js';

/** Rates that do not divide evenly, so that a wrong rounding shows. */
const rates = { input_ucr_per_mtok: 333_333, output_ucr_per_mtok: 1_777_777, per_call_ucr: 7 };
const million = 1_000_000n;

describe('a paid answer, end to end', () => {
  let parley: Parley;
  let user: { token: string; userId: string };
  let admin: { token: string; userId: string };
  let session: string;

  beforeAll(async () => {
    parley = await startParley();
    [user, admin] = await Promise.all([parley.login('user1'), parley.login('admin')]);
    const price = { ...rates, cache_read_ucr_per_mtok: 0, cache_write_ucr_per_mtok: 0, free: false };
    const priced = await parley.accounting.put(`/prices/${modelName}`, price, { token: admin.token });
    expect(priced.status).toBe(201);
  });
  afterAll(() => parley.stop());

  const balance = async (token = user.token) => (await parley.accounting.get('/credits/balance', { token })).body;
  const newSession = async (token = user.token) =>
    (await parley.chat.post('/chat/sessions', {}, { token })).body.session_id as string;

  it('begins with credits from an administrator', async () => {
    const body = { user_id: user.userId, amount_ucr: 5_000_000, reason: 'a first allocation' };
    const allocated = await parley.accounting.post('/credits/allocations', body, { token: admin.token });
    expect(allocated.status).toBe(201);
    expect(await balance()).toMatchObject({ balance_ucr: 5_000_000, held_ucr: 0, available_ucr: 5_000_000 });
  });

  it('streams 2,000 tokens completely and charges usage x price, rounded up once', async () => {
    session = await newSession();
    const tokens = Array.from({ length: 2_000 }, (_, index) => `w${index} `);
    parley.model.answers(tokens, { usage: { input_tokens: 41, output_tokens: 2_000 } });
    const before = (await balance()).balance_ucr as number;
    const { id, events, text } = await ask(parley, user.token, session, { content: 'A long story', max_tokens: 2_048 });
    expect(text === tokens.join('')).toBe(true);
    const exact = 41n * BigInt(rates.input_ucr_per_mtok) + 2_000n * BigInt(rates.output_ucr_per_mtok);
    const charge = Number((exact + million - 1n) / million) + rates.per_call_ucr;
    expect(events.at(-1)!.data).toMatchObject({ state: 'completed', tokensUsed: 2_041, charged_ucr: charge });
    expect(await balance()).toMatchObject({ balance_ucr: before - charge, held_ucr: 0 });
    const report = { streaming_session_id: id, complete_response: text };
    const { status, body } = await parley.chat.post(`/chat/sessions/${session}/update-stream`, report, {
      token: user.token,
    });
    expect([status, body.content_match, body.charged_ucr]).toEqual([200, true, charge]);
  });

  it('leaves entries that add up to the balance', async () => {
    const { body } = await parley.accounting.get('/credits/entries?limit=100', { token: user.token });
    const sum = body.data.reduce((total: number, entry: { delta_ucr: number }) => total + entry.delta_ucr, 0);
    const held = body.data.reduce(
      (total: number, entry: { held_delta_ucr: number }) => total + entry.held_delta_ucr,
      0,
    );
    expect([sum, held]).toEqual([(await balance()).balance_ucr, 0]);
    const seqs = body.data.map(({ seq }: { seq: number }) => seq);
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => seqs.length - index));
  });

  it('refuses a wrong id, and a well-formed one that was never issued', async () => {
    const forged = `stream-${Date.now()}-${randomUUID()}`;
    for (const streaming_session_id of ['incorrect-id-67890', forged]) {
      const report = { streaming_session_id, complete_response: 'x' };
      const { status } = await parley.chat.post(`/chat/sessions/${session}/update-stream`, report, {
        token: user.token,
      });
      expect(status).toBe(400);
    }
  });

  it('gives a second user, who has no credits, 402 before any model call', async () => {
    const other = await parley.login('user2');
    const asked = parley.model.requests.length;
    const path = `/chat/sessions/${await newSession(other.token)}/stream`;
    const { status, body } = await parley.chat.post(path, { content: 'Hello' }, { token: other.token });
    expect([status, body.code, body.available_ucr]).toEqual([402, 'insufficient_credits', 0]);
    expect(parley.model.requests.length).toBe(asked);
    const foreign = await parley.chat.get(`/chat/sessions/${session}/messages`, { token: other.token });
    expect(foreign.status).toBe(404);
    const money = await parley.accounting.get(`/credits/balance?user_id=${user.userId}`, { token: other.token });
    expect(money.status).toBe(404);
  });

  it('gives 422 for a model without a price, before any model call', async () => {
    const asked = parley.model.requests.length;
    const { token } = user;
    parley.model.models.push({ id: 'unpriced', object: 'model' });
    const { status, body } = await parley.chat.post(
      `/chat/sessions/${session}/stream`,
      { content: 'x', model: 'unpriced' },
      { token },
    );
    expect([status, ['model_not_priced', 'model_not_found'].includes(body.code)]).toEqual([422, true]);
    expect(parley.model.requests.length).toBe(asked);
  });

  it('answers with the offline model too, for its own price', async () => {
    const before = (await balance()).balance_ucr as number;
    const body = { content: 'Hello, who are you?', model: 'parley-eliza' };
    const { events, text } = await ask(parley, user.token, await newSession(), body);
    const { charged_ucr, usage } = events.at(-1)!.data;
    expect(text.length).toBeGreaterThan(10);
    expect(usage.source).toBe('provider');
    expect((await balance()).balance_ucr).toBe(before - charged_ucr);
    expect(charged_ucr).toBeGreaterThan(0);
  });

  it('does not let a user reach what is for administrators or for services', async () => {
    const { token, userId } = user;
    const self = await parley.accounting.post(
      '/credits/allocations',
      { user_id: userId, amount_ucr: 1, reason: 'me' },
      { token },
    );
    const holds = await parley.accounting.post('/holds', {}, { token });
    const internal = await parley.auth.get(`/internal/users/${userId}`, { token });
    const prices = await parley.accounting.put(`/prices/${modelName}`, rates, { token });
    expect([self, holds, internal, prices].map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  });

  it('keeps users, credits and messages over a restart', async () => {
    const before = await balance();
    const { body: messages } = await parley.chat.get(`/chat/sessions/${session}/messages`, { token: user.token });
    await parley.restart();
    expect(await balance()).toMatchObject({ balance_ucr: before.balance_ucr, held_ucr: 0 });
    const after = await parley.chat.get(`/chat/sessions/${session}/messages`, { token: user.token });
    expect(after.body).toEqual(messages);
    expect((await parley.login('user1')).userId).toBe(user.userId);
  });

  it('answers 503 with Retry-After and asks no model while accounting is down', async () => {
    const asked = parley.model.requests.length;
    await parley.stopService('accounting');
    const response = await parley.chat.post(
      `/chat/sessions/${session}/stream`,
      { content: 'Hello' },
      { token: user.token },
    );
    expect([response.status, response.body.code]).toEqual([503, 'accounting_unavailable']);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(parley.model.requests.length).toBe(asked);
  });

  it('wrote no token, password or secret into any log', () => {
    const text = JSON.stringify(parley.logs);
    expect(text).toContain('/auth/login');
    for (const secret of [user.token.split('.')[2]!, 'parley-user1-demo', 'of-this-test-run'])
      expect(text).not.toContain(secret);
  });
});
