import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newGate, readSse, textOf } from '@parley/testing';
import { type ChatHarness, startChat } from './chat-harness.js';

describe('Two streams at once', () => {
  let chat: ChatHarness;
  let session: string;

  beforeAll(async () => {
    chat = await startChat();
  });
  beforeEach(async () => {
    session = await chat.createSession();
  });
  afterAll(() => chat.stop());

  it('in one session at once: the second is told which stream is running', async () => {
    const gate = newGate();
    chat.model.answers([gate, 'done']);
    const first = await chat.start(session);
    const second = await chat.start(session, { content: 'Another' });
    expect(second.status).toBe(409);
    expect(await second.json()).toMatchObject({
      code: 'stream_already_active',
      active_stream_id: first.headers.get('x-streaming-session-id'),
    });
    gate.release();
    expect(textOf(await readSse(first))).toBe('done');
  });

  it('of ten at once exactly one asks the model', async () => {
    const gate = newGate();
    chat.model.answers([gate, 'one']);
    const asked = chat.model.requests.length;
    const responses = await Promise.all(Array.from({ length: 10 }, () => chat.start(session)));
    expect(responses.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(409)]);
    gate.release();
    await Promise.all(responses.map((response) => response.text()));
    expect(chat.model.requests.length).toBe(asked + 1);
  });

  it('with one Idempotency-Key share one stream: one model call, one hold', async () => {
    const gate = newGate();
    chat.model.answers(['shared ', gate, 'answer']);
    const asked = chat.model.requests.length;
    const key = { 'idempotency-key': 'same' };
    const [first, second] = await Promise.all([
      chat.start(session, undefined, key),
      chat.start(session, undefined, key),
    ]);
    gate.release();
    const texts = (await Promise.all([readSse(first), readSse(second)])).map(textOf);
    const third = await chat.start(session, undefined, key);
    expect([...texts, textOf(await readSse(third))]).toEqual(['shared answer', 'shared answer', 'shared answer']);
    expect(third.headers.get('x-stream-replayed')).toBe('true');
    const ids = [first, second, third].map(({ headers }) => headers.get('x-streaming-session-id'));
    expect(new Set(ids).size).toBe(1);
    expect(chat.model.requests.length).toBe(asked + 1);
  });

  it('with one Idempotency-Key and another body: 422', async () => {
    await readSse(await chat.start(session, { content: 'One' }, { 'idempotency-key': 'reused' }));
    const response = await chat.start(session, { content: 'Two' }, { 'idempotency-key': 'reused' });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'idempotency_key_reused' });
  });

  it('does not mix the streams of two users', async () => {
    const theirs = await chat.createSession(chat.bob);
    const [left, right] = [newGate(), newGate()];
    chat.model.answers(['a1 ', left, 'a2']);
    const ours = await chat.start(session);
    await left.reached;
    chat.model.answers(['b1 ', right, 'b2']);
    const other = await chat.start(theirs, { content: 'Hello' }, {}, chat.bob);
    await right.reached;
    left.release();
    right.release();
    const [a, b] = await Promise.all([readSse(ours), readSse(other)]);
    expect([textOf(a), textOf(b)]).toEqual(['a1 a2', 'b1 b2']);
    expect(new Set([...a, ...b].map(({ data }) => data.streaming_session_id as string).filter(Boolean)).size).toBe(2);
  });
});
