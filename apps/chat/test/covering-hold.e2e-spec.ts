import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newGate, readSse, textOf } from '@parley/testing';
import { type ChatHarness, startChat } from './chat-harness.js';

const words = (count: number) => Array.from({ length: count }, (_, index) => `w${String(index).padStart(2, '0')} `);
const topUpDenied = { status: 402, code: 'top_up_denied', facts: { required_ucr: 1, available_ucr: 0 } };

describe('the hold of a running answer', () => {
  let chat: ChatHarness;
  let session: string;

  beforeAll(async () => {
    chat = await startChat();
  });
  beforeEach(async () => {
    session = await chat.createSession();
    Object.assign(chat.accounting, { topUpRefusal: undefined, topUpGate: undefined, down: false });
    chat.accounting.affordableOutputTokens = 100_000_000;
  });
  afterAll(() => chat.stop());

  const callsOf = (id: string, action: string) => chat.accounting.callsTo(new RegExp(`/holds/${id}/${action}`));
  const status = async (id: string) =>
    (await chat.http.get(`/chat/sessions/${session}/streams/${id}/status`, { token: chat.alice })).body;
  const messages = async () =>
    (await chat.http.get(`/chat/sessions/${session}/messages`, { token: chat.alice })).body.data;
  const begin = async (body: object = { content: 'Hello' }) => {
    const response = await chat.start(session, body);
    return { response, id: response.headers.get('x-streaming-session-id')! };
  };

  it('begins small and grows while the answer does', async () => {
    const gate = newGate();
    chat.model.answers(['1234'.repeat(60), gate, '5678'.repeat(60)], {
      usage: { input_tokens: 9, output_tokens: 120 },
    });
    const { response, id } = await begin();
    await gate.reached;
    while (callsOf(id, 'progress').length === 0) await chat.http.get('/health/live');
    gate.release();
    const events = await readSse(response);
    expect(events.at(-1)!.data).toMatchObject({ state: 'completed', finish_reason: 'stop', charged_ucr: 129 });
    const { seq, usage, top_up_output_tokens: more } = callsOf(id, 'progress')[0]!.body;
    expect([seq, usage.output_tokens + more]).toEqual([1, 60 + 128]);
  });

  it('a model that is faster than accounting waits at the end of what is held: nothing more is logged or shown', async () => {
    const gate = newGate();
    chat.accounting.topUpGate = gate;
    chat.model.answers(words(900));
    const { response, id } = await begin();
    await gate.reached;
    await chat.untilShown(id, 64);
    await chat.model.untilFinished(chat.model.requests.length);
    expect(await status(id)).toMatchObject({ state: 'streaming', last_seq: 64 });
    expect(callsOf(id, 'progress')).toHaveLength(1);
    chat.accounting.topUpGate = undefined;
    gate.release();
    const events = await readSse(response);
    expect(textOf(events)).toBe(words(900).join(''));
    expect(events.at(-1)!.data).toMatchObject({ state: 'completed', final_seq: 900 });
    expect(chat.accounting.holds.get(id)!.max_output_tokens).toBeGreaterThanOrEqual(900);
  });

  it('an answer that waits for its hold ends at once when its session is deleted', async () => {
    const gate = newGate();
    chat.accounting.topUpGate = gate;
    chat.model.answers(words(100));
    const { response, id } = await begin();
    await gate.reached;
    await chat.untilShown(id, 64);
    await chat.http.delete(`/chat/sessions/${session}`, { token: chat.alice });
    chat.accounting.topUpGate = undefined;
    gate.release();
    const events = await readSse(response);
    expect(events.at(-1)!.data).toMatchObject({ state: 'stopped', finish_reason: 'session_deleted', final_seq: 64 });
  });

  it('an answer waits for an accounting that is away, and goes on when it is back', async () => {
    const gate = newGate();
    chat.model.answers([gate, ...words(100)]);
    const { response, id } = await begin();
    await gate.reached;
    chat.accounting.down = true;
    gate.release();
    await chat.untilShown(id, 64);
    while (callsOf(id, 'progress').length < 2) await chat.http.get('/health/live');
    expect(await status(id)).toMatchObject({ state: 'streaming', last_seq: 64 });
    chat.accounting.down = false;
    const events = await readSse(response);
    expect(textOf(events)).toBe(words(100).join(''));
    expect(events.at(-1)!.data).toMatchObject({ state: 'completed', finish_reason: 'stop' });
  });

  describe('out of credits', () => {
    beforeEach(() => {
      chat.accounting.topUpRefusal = topUpDenied;
    });

    it('[stream 22] the answer ends at what is held, to the character, and no more than that is paid', async () => {
      const gate = newGate();
      chat.model.answers(['1234'.repeat(60), gate, '5678'.repeat(8), ' never shown'], { usage: null });
      const { response, id } = await begin();
      await gate.reached;
      while (callsOf(id, 'progress').length === 0) await chat.http.get('/health/live');
      gate.release();
      const events = await readSse(response);
      expect(textOf(events)).toBe('1234'.repeat(60) + '5678'.repeat(4));
      expect(events.at(-1)!.data).toMatchObject({ state: 'stopped', finish_reason: 'credits' });
      const { state, charged_ucr, amount_ucr } = chat.accounting.holds.get(id)!;
      expect([state, charged_ucr]).toEqual(['settled', amount_ucr]);
    });

    it('the user can go on after a top-up, and what was said is part of the conversation', async () => {
      chat.model.answers(words(100), { usage: null });
      const cut = await chat.ask(session, 'A long story');
      const shown = words(64).join('');
      expect([cut.text, cut.events.at(-1)!.data.finish_reason]).toEqual([shown, 'credits']);
      expect((await messages())[1]).toMatchObject({ state: 'stopped', content: shown });
      chat.accounting.refusal = { status: 402, code: 'insufficient_credits' };
      expect((await chat.start(session, { content: 'Go on' })).status).toBe(402);
      Object.assign(chat.accounting, { refusal: undefined, topUpRefusal: undefined });
      const next = await chat.ask(session, 'Go on');
      expect(next.events.at(-1)!.data).toMatchObject({ state: 'completed', finish_reason: 'stop' });
      expect(chat.model.requests.at(-1)!.body.messages).toEqual([
        { role: 'user', content: 'A long story' },
        { role: 'assistant', content: shown },
        { role: 'user', content: 'Go on' },
      ]);
    });
  });

  describe('what the model is asked for', () => {
    it('is no more than the account can pay for, and its end there is for want of credits', async () => {
      chat.accounting.affordableOutputTokens = 80;
      chat.model.answers(words(80), { finishReason: 'length', usage: { input_tokens: 9, output_tokens: 80 } });
      const { events, id } = await chat.ask(session);
      expect(chat.model.requests.at(-1)!.body.max_tokens).toBe(80);
      expect(events.at(-1)!.data).toMatchObject({ state: 'stopped', finish_reason: 'credits', final_seq: 80 });
      expect(callsOf(id, 'settle')[0]!.body).toMatchObject({ outcome: 'stopped', usage: { source: 'provider' } });
      expect(chat.accounting.holds.get(id)!.max_output_tokens).toBe(80);
    });

    it('stays what the request asked for when the account can pay for that', async () => {
      chat.accounting.affordableOutputTokens = 80;
      chat.model.answers(words(70), { finishReason: 'length' });
      const { response } = await begin({ content: 'Hello', max_tokens: 70 });
      expect((await readSse(response)).at(-1)!.data).toMatchObject({ state: 'completed', finish_reason: 'length' });
      expect(chat.model.requests.at(-1)!.body.max_tokens).toBe(70);
    });

    it('is never less than what is held', async () => {
      chat.accounting.affordableOutputTokens = 0;
      await chat.ask(session);
      expect(chat.model.requests.at(-1)!.body.max_tokens).toBe(64);
    });

    it('is all that it may give, and all that is paid when nobody else has counted', async () => {
      chat.model.answers(words(500), { usage: null });
      const { response, id } = await begin({ content: 'Hello', max_tokens: 100 });
      const events = await readSse(response);
      expect(events.at(-1)!.data).toMatchObject({ state: 'stopped', finish_reason: 'length', final_seq: 100 });
      expect(callsOf(id, 'settle')[0]!.body.usage).toMatchObject({ output_tokens: 100, source: 'estimated' });
      const long = 'a rather long word '.repeat(10);
      chat.model.answers(Array<string>(20).fill(long), { usage: null });
      const again = await begin({ content: 'Hello', max_tokens: 100 });
      expect((await readSse(again.response)).at(-1)!.data).toMatchObject({ state: 'completed' });
      expect(callsOf(again.id, 'settle')[0]!.body.usage).toMatchObject({ output_tokens: 100, source: 'estimated' });
    });
  });

  it('what the provider read from its cache is told to everybody', async () => {
    chat.model.answers(['x'], { usage: { input_tokens: 9, output_tokens: 1, cached_tokens: 6 } });
    const { events, id } = await chat.ask(session);
    const usage = { input_tokens: 9, output_tokens: 1, cache_read_tokens: 6, source: 'provider' };
    expect(events.at(-1)!.data).toMatchObject({ usage, tokensUsed: 10 });
    expect(callsOf(id, 'settle')[0]!.body.usage).toEqual(usage);
    expect((await status(id)).usage).toEqual(usage);
    expect((await messages())[1].usage).toEqual(usage);
    const { body } = await chat.report(session, { streaming_session_id: id, complete_response: 'x' });
    expect(body.usage).toEqual(usage);
  });
});
