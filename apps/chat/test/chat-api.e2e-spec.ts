import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sendExamples } from '@parley/testing';
import { Validator } from '@seriousme/openapi-schema-validator';
import { type ChatHarness, modelName, startChat } from './chat-harness.js';

let chat: ChatHarness;

beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.stop());

describe('/chat/sessions', () => {
  const as = (token: string) => ({ token });

  it('begins, shows, renames and removes a conversation', async () => {
    const created = await chat.http.post('/chat/sessions', { title: 'Plans' }, as(chat.alice));
    const path = `/chat/sessions/${created.body.session_id}`;
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ title: 'Plans', model: null, message_count: 0 });
    expect((await chat.http.get(path, as(chat.alice))).body).toEqual(created.body);
    expect((await chat.http.patch(path, { title: 'Better plans' }, as(chat.alice))).body.title).toBe('Better plans');
    const removed = await chat.http.delete(path, as(chat.alice));
    expect([removed.status, removed.body.deleted]).toEqual([200, true]);
    expect((await chat.http.get(path, as(chat.alice))).body.code).toBe('session_not_found');
    expect((await chat.http.delete(path, as(chat.alice))).status).toBe(404);
  });

  it('answers the same under /api', async () => {
    expect((await chat.http.post('/api/chat/sessions', {}, as(chat.alice))).status).toBe(201);
  });

  it('lists the own ones page by page, newest first', async () => {
    const carol = chat.auth.user('usr_carol', ['chat:*']);
    const made: string[] = [];
    for (let n = 0; n < 5; n++) {
      chat.clock.advance(1);
      made.unshift(await chat.createSession(carol));
    }
    const first = (await chat.http.get('/chat/sessions?limit=3', as(carol))).body;
    const second = (await chat.http.get(`/chat/sessions?limit=3&cursor=${first.next_cursor}`, as(carol))).body;
    const ids = [...first.data, ...second.data].map(({ session_id }: { session_id: string }) => session_id);
    expect(ids).toEqual(made);
    expect(second.next_cursor).toBeNull();
  });

  it("does not show, change or remove another user's: it looks like one that is not there", async () => {
    const path = `/chat/sessions/${await chat.createSession()}`;
    const answers = await Promise.all([
      chat.http.get(path, as(chat.bob)),
      chat.http.patch(path, { title: 'Mine' }, as(chat.bob)),
      chat.http.delete(path, as(chat.bob)),
      chat.http.get(`${path}/messages`, as(chat.bob)),
    ]);
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(Array(4).fill([404, 'session_not_found']));
    expect((await chat.http.get(path, as(chat.alice))).body.title).toBeNull();
  });

  it.each([
    ['an unknown field', { owner: 'usr_bob' }, 'unknown_field'],
    ['an object for a title', { title: { $gt: '' } }, 'validation_failed'],
    ['an empty title', { title: ' ' }, 'validation_failed'],
    ['a number for a model', { model: 5 }, 'validation_failed'],
    ['null', null, 'malformed_json'],
    ['a text', 'title', 'validation_failed'],
  ])('refuses %s', async (_name, body, code) => {
    const { status, body: problem } = await chat.http.post('/chat/sessions', body, as(chat.alice));
    expect([status, problem.code === code || problem.code === 'validation_failed']).toEqual([400, true]);
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=none', 'after=1', 'limit[$gt]=1', 'limit=1&limit=2'])(
    'refuses the page %s',
    async (query) => {
      expect((await chat.http.get(`/chat/sessions?${query}`, as(chat.alice))).status).toBe(400);
    },
  );

  it('asks for a token and for the right to write', async () => {
    const reader = chat.auth.user('usr_reader', ['chat:read']);
    const without = await chat.http.post('/chat/sessions', {});
    const denied = await chat.http.post('/chat/sessions', {}, as(reader));
    expect([without.status, without.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="parley"']);
    expect([denied.status, denied.body.code]).toEqual([403, 'permission_denied']);
    expect((await chat.http.get('/chat/sessions', as(reader))).status).toBe(200);
  });

  it('shows the models with their prices', async () => {
    const { body } = await chat.http.get('/chat/models', as(chat.alice));
    const byId = new Map(body.data.map((each: { id: string }) => [each.id, each]));
    expect(byId.get(modelName)).toMatchObject({ provider: 'openai', price: { input_ucr_per_mtok: 1_000_000 } });
    expect(byId.get('parley-eliza')).toMatchObject({ price: null });
  });

  it('says it is healthy, and what is missing when it is not ready', async () => {
    expect((await chat.http.get('/health')).body).toEqual({ status: 'ok', service: 'chat' });
    expect((await chat.http.get('/health/live')).status).toBe(200);
    expect((await chat.http.get('/health/ready')).body).toEqual({ status: 'ready', missing: [] });
    expect((await chat.http.get('/metrics')).body).toContain('http_request_duration_seconds');
  });

  it('answers 503, never a permission answer, while auth cannot be asked', async () => {
    chat.clock.advance(61_000);
    chat.auth.down = true;
    const { status, body, headers } = await chat.http.get('/chat/sessions', as(chat.alice));
    chat.auth.down = false;
    expect([status, body.code, headers.has('retry-after')]).toEqual([503, 'authz_unavailable', true]);
    expect((await chat.http.get('/chat/sessions', as(chat.alice))).status).toBe(200);
  });

  it('writes no token into its log', () => {
    const text = JSON.stringify(chat.logs);
    expect(text).toContain('/chat/sessions');
    expect(text).not.toContain(chat.alice.split('.')[2]);
    expect(text).not.toContain('a-secret-of-chat');
  });
});

describe('the OpenAPI document of chat', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    const { body } = await chat.http.get('/openapi.json');
    const { valid, errors } = await new Validator().validate(body);
    expect([valid, errors]).toEqual([true, undefined]);
    expect(body.openapi).toMatch(/^3\.1/);
  });

  it('documents the answer to each of its examples', async () => {
    const { body: document } = await chat.http.get('/openapi.json');
    const id = await chat.createSession();
    const { id: stream } = await chat.ask(id);
    const target = {
      baseUrl: chat.url,
      tokens: {
        access_token: chat.alice,
        service_token: chat.auth.serviceToken('auth', 'chat', 'users:erase users:merge'),
      },
      parameters: { id, stream_id: stream },
    };
    const undocumented = (await sendExamples(document, target)).filter(([, , isDocumented]) => !isDocumented);
    expect(undocumented).toEqual([]);
  });
});
