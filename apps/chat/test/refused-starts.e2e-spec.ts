import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChatHarness, startChat } from './chat-harness.js';

describe('POST /chat/sessions/{id}/stream with bad input', () => {
  let chat: ChatHarness;
  let session: string;

  beforeAll(async () => {
    chat = await startChat();
  });
  beforeEach(async () => {
    session = await chat.createSession();
  });
  afterAll(() => chat.stop());

  const messages = async () =>
    (await chat.http.get(`/chat/sessions/${session}/messages`, { token: chat.alice })).body.data;

  const refused: Array<[string, unknown, number, string]> = [
    ['nothing', {}, 400, 'validation_failed'],
    ['an empty text', { content: '  ' }, 400, 'validation_failed'],
    ['an object for the text', { content: { $gt: '' } }, 400, 'validation_failed'],
    ['an unknown field', { content: 'x', role: 'system' }, 400, 'unknown_field'],
    ['a text that is too long', { content: 'x'.repeat(32_001) }, 400, 'validation_failed'],
    ['half a character', { content: '\ud800' }, 400, 'validation_failed'],
    ['a model that is an object', { content: 'x', model: { $ne: null } }, 400, 'validation_failed'],
    ['a model that is not there', { content: 'x', model: 'nobody' }, 422, 'model_not_found'],
    ['more tokens than the model gives', { content: 'x', max_tokens: 900_000 }, 422, 'max_tokens_too_large'],
    ['no tokens', { content: 'x', max_tokens: 0 }, 400, 'validation_failed'],
    ['a list', [], 400, 'validation_failed'],
  ];
  it.each(refused)('%s is refused, and nothing changes', async (_name, body, status, code) => {
    const calls = chat.accounting.callsTo(/POST \/holds$/).length;
    const response = await chat.http.post(`/chat/sessions/${session}/stream`, body, { token: chat.alice });
    expect([response.status, response.body.code]).toEqual([status, code]);
    expect(chat.accounting.callsTo(/POST \/holds$/).length).toBe(calls);
    expect(await messages()).toEqual([]);
  });

  it.each([
    ['malformed JSON', '{"content":', 400, 'malformed_json'],
    ['a body of 1 MB', JSON.stringify({ content: 'x'.repeat(1_000_000) }), 413, 'body_too_large'],
  ])('%s is refused', async (_name, raw, status, code) => {
    const response = await chat.http.post(`/chat/sessions/${session}/stream`, undefined, { token: chat.alice, raw });
    expect([response.status, response.body.code]).toEqual([status, code]);
  });

  it('an Idempotency-Key with a space is refused', async () => {
    const response = await chat.start(session, { content: 'x' }, { 'idempotency-key': 'a b' });
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      400,
      'idempotency_key_invalid',
    ]);
  });

  it("another user's session and one that is not there look the same", async () => {
    const [foreign, absent] = await Promise.all([
      chat.start(session, { content: 'x' }, {}, chat.bob),
      chat.start('ses_none', { content: 'x' }, {}, chat.bob),
    ]);
    const strip = ({ instance: _i, request_id: _r, ...rest }: Record<string, unknown>) => rest;
    expect(strip((await foreign.json()) as never)).toEqual(strip((await absent.json()) as never));
    expect([foreign.status, absent.status]).toEqual([404, 404]);
  });

  it('no token, garbage, and a role without the right are refused', async () => {
    const reader = chat.auth.user('usr_reader', ['chat:read']);
    const service = chat.auth.serviceToken('chat', 'chat', 'holds:write');
    const tokens = [undefined, 'garbage', 'a.b.c', reader, service];
    const statuses = await Promise.all(
      tokens.map((token) =>
        chat.http.post(`/chat/sessions/${session}/stream`, { content: 'x' }, token ? { token } : {}),
      ),
    );
    expect(statuses.map(({ status }) => status)).toEqual([401, 401, 401, 403, 403]);
  });
});
