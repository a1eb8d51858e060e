import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { newGate, readSse, textOf } from '@parley/testing';
import { MongoNetworkError } from 'mongodb';
import { AccountingClient } from '../src/accounting/accounting-client.js';
import { AnswersService } from '../src/answers/answers.service.js';
import { RecoveryService } from '../src/recovery/recovery.service.js';
import { StreamStore } from '../src/streams/stream-store.js';
import { type ChatHarness, startChat } from './chat-harness.js';

let chat: ChatHarness;
let session: string;

beforeAll(async () => {
  chat = await startChat();
});
beforeEach(async () => {
  session = await chat.createSession();
});
afterAll(() => chat.stop());

describe('POST /chat/sessions/{id}/stream with bad input', () => {
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

describe('Two streams at once', () => {
  it('[stream 2, 12] in one session at once: the second is told which stream is running', async () => {
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

  it('[stream 1] with one Idempotency-Key share one stream: one model call, one hold', async () => {
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

  describe('[attack 114] one Idempotency-Key sent 300 times at once', () => {
    const key = { 'idempotency-key': 'often' };
    const holds = () => chat.accounting.callsTo(/POST \/holds$/).length;
    /** All of them are there before the first is decided. */
    const sendAll = async () => {
      const accounting = chat.app.get(AccountingClient);
      const createHold = accounting.createHold.bind(accounting);
      const decision = newGate();
      jest.spyOn(accounting, 'createHold').mockImplementationOnce(async (...asked) => {
        await decision.pass();
        return createHold(...asked);
      });
      const answers = chat.app.get(AnswersService);
      const start = answers.start.bind(answers);
      let arrived = 0;
      const starting = jest.spyOn(answers, 'start').mockImplementation((request) => {
        if (++arrived === 300) decision.release();
        return start(request);
      });
      const responses = await Promise.all(Array.from({ length: 300 }, () => chat.start(session, undefined, key)));
      starting.mockRestore();
      return responses;
    };

    it('is refused once, and everybody is told so', async () => {
      const asked = holds();
      chat.accounting.refusal = { status: 402, code: 'insufficient_credits' };
      const responses = await sendAll();
      chat.accounting.refusal = undefined;
      const codes = await Promise.all(responses.map(async (each) => ((await each.json()) as { code: string }).code));
      expect(new Set(codes)).toEqual(new Set(['insufficient_credits']));
      expect(holds() - asked).toBe(1);
    });

    it('is answered once, and nobody is told that their own key is in the way', async () => {
      const [asked, held] = [chat.model.requests.length, holds()];
      const responses = await sendAll();
      const ids = new Set(responses.map(({ headers }) => headers.get('x-streaming-session-id')).filter(Boolean));
      await Promise.all(responses.map((response) => response.text()));
      expect(ids.size).toBe(1);
      // Only so many may read at once: the rest is told to come back, and not that their own key is in the way.
      expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200, 429]));
      expect([chat.model.requests.length - asked, holds() - held]).toEqual([1, 1]);
    });

    it('is refused with another body while the first is being decided', async () => {
      const placing = newGate();
      const accounting = chat.app.get(AccountingClient);
      const createHold = accounting.createHold.bind(accounting);
      jest.spyOn(accounting, 'createHold').mockImplementationOnce(async (...asked) => {
        await placing.pass();
        return createHold(...asked);
      });
      const first = chat.start(session, undefined, key);
      await placing.reached;
      const other = await chat.start(session, { content: 'Something else' }, key);
      placing.release();
      expect([other.status, ((await other.json()) as { code: string }).code]).toEqual([422, 'idempotency_key_reused']);
      await (await first).text();
    });
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

describe('a user without credits', () => {
  beforeEach(() => void (chat.accounting.refusal = { status: 402, code: 'insufficient_credits' }));
  afterEach(() => void (chat.accounting.refusal = undefined));

  it('[attack 116] leaves nothing in the database, and is not let through to accounting for ever', async () => {
    const poor = chat.auth.user('usr_poor', ['chat:*']);
    const own = await chat.createSession(poor);
    const before = chat.accounting.callsTo(/POST \/holds$/).length;
    const statuses: number[] = [];
    for (let n = 0; n < 60; n++) {
      const response = await chat.start(own, undefined, {}, poor);
      await response.body!.cancel();
      statuses.push(response.status);
    }
    expect(new Set(statuses)).toEqual(new Set([402, 429]));
    expect(chat.accounting.callsTo(/POST \/holds$/).length - before).toBeLessThan(40);
    expect(await chat.streams().countDocuments({ user_id: 'usr_poor' })).toBe(0);
  });

  it('may ask again with the same Idempotency-Key once there are credits', async () => {
    const key = { 'idempotency-key': 'later' };
    expect((await chat.start(session, undefined, key)).status).toBe(402);
    chat.accounting.refusal = undefined;
    expect(textOf(await readSse(await chat.start(session, undefined, key)))).toBe('You said: Hello');
  });
});

describe('a start that failed between its hold and its beginning', () => {
  const recover = async () => {
    await chat.streams().updateOne({ session_id: session, active: true }, { $set: { lease_until: new Date(0) } });
    await chat.app.get(RecoveryService).recoverAbandoned();
  };

  it('may be made again with its Idempotency-Key: it is answered then, and the first hold is given back', async () => {
    const key = { 'idempotency-key': 'again' };
    const asked = chat.model.requests.length;
    jest.spyOn(chat.app.get(StreamStore), 'begin').mockRejectedValueOnce(new MongoNetworkError('gone'));
    const failed = await chat.start(session, undefined, key);
    expect([failed.status, failed.headers.get('retry-after')]).toEqual([503, '2']);
    const first = chat.accounting.callsTo(/POST \/holds$/).at(-1)!.body.hold_id as string;
    await recover();
    expect(chat.accounting.holds.get(first)!.state).toBe('released');
    const answered = await chat.start(session, undefined, key);
    expect(answered.headers.get('x-streaming-session-id')).not.toBe(first);
    expect(textOf(await readSse(answered))).toBe('You said: Hello');
    expect(chat.model.requests.length).toBe(asked + 1);
  });
});
