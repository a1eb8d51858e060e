import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { streamIdPattern } from '@parley/contracts';
import { newGate, readSse, sseEvents, textOf } from '@parley/testing';
import { type ChatHarness, modelName, startChat } from './chat-harness.js';

describe('POST /chat/sessions/{id}/stream', () => {
  let chat: ChatHarness;
  let session: string;

  beforeAll(async () => {
    chat = await startChat();
  });
  beforeEach(async () => {
    session = await chat.createSession();
    Object.assign(chat.accounting, { down: false, refusal: undefined });
  });
  afterAll(() => chat.stop());

  const messages = async () =>
    (await chat.http.get(`/chat/sessions/${session}/messages`, { token: chat.alice })).body.data;

  it('streams start, chunks and done, with the id in the header and in the first event', async () => {
    chat.model.answers(['Hel', 'lo ', 'you'], { usage: { input_tokens: 7, output_tokens: 3 } });
    const response = await chat.start(session);
    const id = response.headers.get('x-streaming-session-id')!;
    const events = await readSse(response);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(id).toMatch(streamIdPattern);
    expect(events[0]).toMatchObject({
      id: `${id}:0`,
      event: 'start',
      data: { streaming_session_id: id, model: modelName },
    });
    expect(events.slice(1, 4).map(({ id: at, data }) => [at, data])).toEqual([
      [`${id}:1`, { text: 'Hel', seq: 1 }],
      [`${id}:2`, { text: 'lo ', seq: 2 }],
      [`${id}:3`, { text: 'you', seq: 3 }],
    ]);
    expect(events[4]).toMatchObject({
      event: 'done',
      data: {
        state: 'completed',
        tokensUsed: 10,
        usage: { input_tokens: 7, output_tokens: 3, source: 'provider' },
        final_seq: 3,
        charged_ucr: 10,
      },
    });
  });

  it('lets a browser read the id: CORS headers stand on the stream itself', async () => {
    const response = await chat.start(session, { content: 'Hello' }, { origin: 'http://localhost:5173' });
    expect(response.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
    expect(response.headers.get('access-control-expose-headers')).toContain('X-Streaming-Session-Id');
    await readSse(response);
  });

  it('keeps the question and the answer as messages, written by the server', async () => {
    chat.model.answers(['An ', 'answer']);
    const { id } = await chat.ask(session, 'A question');
    expect(await messages()).toMatchObject([
      { seq: 1, role: 'user', content: 'A question', streaming_session_id: id },
      {
        seq: 2,
        role: 'assistant',
        content: 'An answer',
        streaming_session_id: id,
        state: 'completed',
        model: modelName,
      },
    ]);
  });

  it('sends the conversation so far to the model', async () => {
    chat.model.answers(['Nice to meet you']);
    await chat.ask(session, 'I am Ada');
    await chat.ask(session, 'Who am I?');
    expect(chat.model.requests.at(-1)!.body.messages).toEqual([
      { role: 'user', content: 'I am Ada' },
      { role: 'assistant', content: 'Nice to meet you' },
      { role: 'user', content: 'Who am I?' },
    ]);
  });

  it('holds before the model is asked, and settles the same hold with the usage, once', async () => {
    chat.model.answers(['a', 'b'], { usage: { input_tokens: 5, output_tokens: 2 } });
    const { id } = await chat.ask(session);
    const calls = chat.accounting.calls.filter(({ path, body }) => path.includes(id) || body?.hold_id === id);
    expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /holds', `POST /holds/${id}/settle`]);
    expect(calls[0]).toMatchObject({
      headers: { 'x-subject-token': chat.alice },
      body: { hold_id: id, chat_session_id: session, model: modelName, max_output_tokens: 64 },
    });
    expect(calls[1]!.body).toEqual({
      streaming_session_id: id,
      outcome: 'completed',
      usage: { input_tokens: 5, output_tokens: 2, source: 'provider' },
    });
  });

  it('counts by itself when the provider does not', async () => {
    chat.model.answers(['12345678'], { usage: null });
    const { events } = await chat.ask(session, 'four');
    expect(events.at(-1)!.data.usage).toEqual({ input_tokens: 8, output_tokens: 2, source: 'estimated' });
  });

  it('joins a character that the model cut in two', async () => {
    chat.model.answers(['ab\ud83d', '\ude00cd']);
    const { text } = await chat.ask(session);
    expect(text).toBe('ab😀cd');
    expect((await messages())[1].content).toBe('ab😀cd');
  });

  describe('when the credits do not suffice', () => {
    beforeEach(() => {
      const facts = { required_ucr: 9, available_ucr: 0 };
      chat.accounting.refusal = { status: 402, code: 'insufficient_credits', facts };
    });

    it('answers 402 with what is missing, and asks no model', async () => {
      const asked = chat.model.requests.length;
      const response = await chat.start(session);
      expect(response.status).toBe(402);
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(await response.json()).toMatchObject({ code: 'insufficient_credits', required_ucr: 9, available_ucr: 0 });
      expect(chat.model.requests.length).toBe(asked);
      expect(await messages()).toEqual([]);
    });

    it('lets the same request be made again after a top-up', async () => {
      const key = { 'idempotency-key': 'top-up-1' };
      expect((await chat.start(session, { content: 'Hi' }, key)).status).toBe(402);
      chat.accounting.refusal = undefined;
      const response = await chat.start(session, { content: 'Hi' }, key);
      expect(response.status).toBe(200);
      expect(textOf(await readSse(response))).toBe('You said: Hi');
    });
  });

  describe('when accounting cannot be reached', () => {
    it('[stream 20] answers 503 with Retry-After, asks no model, and releases the hold that may exist', async () => {
      chat.accounting.down = true;
      const asked = chat.model.requests.length;
      const response = await chat.start(session);
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(await response.json()).toMatchObject({ code: 'accounting_unavailable' });
      expect(chat.model.requests.length).toBe(asked);
      expect(await messages()).toEqual([]);
    });
  });

  describe('when the model fails', () => {
    it('[stream 28] before the first chunk: error and done, and the hold is released', async () => {
      chat.model.refuses(500);
      const { id, events } = await chat.ask(session);
      expect(events.map(({ event }) => event)).toEqual(['start', 'error', 'done']);
      expect(events[1]!.data).toMatchObject({ code: 'model_failed', retryable: true });
      expect(events[2]!.data).toMatchObject({ state: 'failed', final_seq: 0, charged_ucr: 0 });
      expect(chat.accounting.holds.get(id)).toMatchObject({ state: 'released', charged_ucr: 0 });
    });

    it('[stream 28] after some chunks: what was shown is kept, and accounting is told that it failed', async () => {
      chat.model.breaks(['some ', 'text']);
      const { id, events, text } = await chat.ask(session);
      expect(text).toBe('some text');
      expect(events.slice(-2)).toMatchObject([
        { event: 'error', data: { code: 'model_failed' } },
        { event: 'done', data: { state: 'failed', final_seq: 2 } },
      ]);
      expect((await messages())[1]).toMatchObject({ content: 'some text', state: 'failed' });
      expect(chat.accounting.callsTo(new RegExp(`${id}/settle`))[0]!.body).toMatchObject({ outcome: 'failed' });
    });
  });

  describe('when the reader leaves', () => {
    it('[stream 7, 8] the answer goes on to its end, is kept and is paid for', async () => {
      const gate = newGate();
      chat.model.answers(['before ', gate, 'after']);
      const leaving = new AbortController();
      const response = await fetch(`${chat.url}/chat/sessions/${session}/stream`, {
        method: 'POST',
        headers: { authorization: `Bearer ${chat.alice}`, 'content-type': 'application/json' },
        body: JSON.stringify({ content: 'Hello' }),
        signal: leaving.signal,
      });
      const id = response.headers.get('x-streaming-session-id')!;
      await gate.reached;
      leaving.abort();
      gate.release();
      const again = await chat.http.open('GET', `/chat/sessions/${session}/streams/${id}`, undefined, {
        token: chat.alice,
      });
      const events = await readSse(again);
      expect(textOf(events)).toBe('before after');
      expect(chat.accounting.holds.get(id)!.state).toBe('settled');
      expect((await messages())[1].content).toBe('before after');
    });
  });

  it('goes on for a reader who leaves before the headers', async () => {
    const made = chat.accounting.callsTo(/POST \/holds$/).length;
    const leaving = new AbortController();
    const request = fetch(`${chat.url}/chat/sessions/${session}/stream`, {
      method: 'POST',
      headers: { authorization: `Bearer ${chat.alice}`, 'content-type': 'application/json' },
      body: JSON.stringify({ content: 'Hello' }),
      signal: leaving.signal,
    }).catch(() => undefined);
    while (chat.accounting.callsTo(/POST \/holds$/).length === made) await chat.http.get('/health/live');
    leaving.abort();
    await request;
    let kept: Array<{ content: string }> = [];
    while (kept.length < 2) kept = await messages();
    expect(kept[1]!.content).toBe('You said: Hello');
  });

  it('shows a chunk only after it is in the log', async () => {
    const gate = newGate();
    chat.model.answers(['logged', gate, ' later']);
    const response = await chat.start(session);
    const id = response.headers.get('x-streaming-session-id')!;
    for await (const { event } of sseEvents(response)) {
      if (event !== 'chunk') continue;
      const status = await chat.http.get(`/chat/sessions/${session}/streams/${id}/status`, { token: chat.alice });
      expect(status.body).toMatchObject({ state: 'streaming', last_seq: 1 });
      break;
    }
    gate.release();
  });
});
