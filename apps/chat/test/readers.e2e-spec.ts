import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { newGate, readSse, sseEvents, textOf } from '@parley/testing';
import type { Connection } from 'mongoose';
import { AccountingClient } from '../src/accounting/accounting-client.js';
import { LiveStreams } from '../src/readers/live-streams.js';
import { ReadersService } from '../src/readers/readers.service.js';
import { ChunkLog } from '../src/streams/chunk-log.js';
import { rowsBetween } from '../src/streams/row-key.js';
import { type ChatHarness, startChat } from './chat-harness.js';

let chat: ChatHarness;

beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.stop());

describe('GET /chat/sessions/{id}/streams/{streaming_session_id}', () => {
  let session: string;
  let id: string;

  beforeAll(async () => {
    session = await chat.createSession();
    chat.model.answers(['one ', 'two ', 'three']);
    ({ id } = await chat.ask(session));
  });

  const read = (query = '', headers: Record<string, string> = {}, token = chat.alice) =>
    chat.http.open('GET', `/chat/sessions/${session}/streams/${id}${query}`, undefined, { token, headers });
  const codeOf = async (response: Response) => [response.status, ((await response.json()) as { code: string }).code];

  it('replays an answer that is over from the start', async () => {
    const events = await readSse(await read());
    expect(events.map(({ event }) => event)).toEqual(['start', 'chunk', 'chunk', 'chunk', 'done']);
    expect(textOf(events)).toBe('one two three');
    expect(events.at(-1)!.data).toMatchObject({ state: 'completed', final_seq: 3 });
  });

  it('goes on after a cursor, from the query or from Last-Event-ID', async () => {
    expect(textOf(await readSse(await read('?after=2')))).toBe('three');
    expect(textOf(await readSse(await read('', { 'last-event-id': `${id}:1` })))).toBe('two three');
    expect(textOf(await readSse(await read('?after=0', { 'last-event-id': `${id}:2` })))).toBe('three');
  });

  it('[stream 10] answers 204 when there is nothing left', async () => {
    expect((await read('?after=3')).status).toBe(204);
  });

  it('[stream 11] says where the text is when the log has expired', async () => {
    const expired = await chat.createSession();
    chat.model.answers(['gone ', 'soon']);
    const { id: streamId, events } = await chat.ask(expired);
    await chat.app
      .get<Connection>(getConnectionToken())
      .collection('stream_rows')
      .deleteMany({ _id: rowsBetween(streamId) as never });
    const path = `/chat/sessions/${expired}/streams/${streamId}`;
    const { status, body } = await chat.http.get(path, { token: chat.alice });
    expect([status, body.code, body.message_id]).toEqual([410, 'stream_log_expired', events.at(-1)!.data.message_id]);
    const { body: kept } = await chat.http.get(`/chat/sessions/${expired}/messages`, { token: chat.alice });
    expect(kept.data[1]).toMatchObject({ message_id: body.message_id, content: 'gone soon' });
  });

  it('refuses a cursor past the end, of another stream, or that is none', async () => {
    expect(await codeOf(await read('?after=4'))).toEqual([409, 'cursor_ahead']);
    expect(await codeOf(await read('', { 'last-event-id': 'stream-x:1' }))).toEqual([400, 'cursor_mismatch']);
    expect(await codeOf(await read('?after=-1'))).toEqual([400, 'cursor_invalid']);
    expect(await codeOf(await read('?after[$gt]=1'))).toEqual([400, 'unknown_field']);
  });

  it("does not show another user's stream, nor one under another session", async () => {
    const other = await chat.createSession();
    expect(await codeOf(await read('', {}, chat.bob))).toEqual([404, 'session_not_found']);
    const response = await chat.http.get(`/chat/sessions/${other}/streams/${id}`, { token: chat.alice });
    expect([response.status, response.body.code]).toEqual([404, 'stream_not_found']);
  });

  it('[stream 9, 12] joins the replay of a running answer to its live end without a gap or a double', async () => {
    const running = await chat.createSession();
    const gate = newGate();
    chat.model.answers(['a', 'b', gate, 'c', 'd']);
    const response = await chat.start(running);
    const streamId = response.headers.get('x-streaming-session-id')!;
    await gate.reached;
    const path = `/chat/sessions/${running}/streams/${streamId}`;
    const joined = await chat.http.open('GET', path, undefined, { token: chat.alice });
    const seqs: number[] = [];
    for await (const { event, data } of sseEvents(joined)) {
      if (event === 'chunk') seqs.push(data.seq as number);
      if (seqs.length === 2) gate.release();
    }
    expect(seqs).toEqual([1, 2, 3, 4]);
    expect(textOf(await readSse(response))).toBe('abcd');
  });

  it('tells the state of a stream, and which one is running', async () => {
    const running = await chat.createSession();
    const gate = newGate();
    chat.model.answers(['x', gate]);
    const path = `/chat/sessions/${running}/streams`;
    const none = await chat.http.get(`${path}/active`, { token: chat.alice });
    const response = await chat.start(running);
    const streamId = response.headers.get('x-streaming-session-id');
    const active = await chat.http.get(`${path}/active`, { token: chat.alice });
    gate.release();
    await readSse(response);
    const over = await chat.http.get(`${path}/${streamId}/status`, { token: chat.alice });
    expect(none.status).toBe(404);
    expect(active.body).toMatchObject({ streaming_session_id: streamId, state: 'streaming', ended_at: null });
    expect(over.body).toMatchObject({ state: 'completed', last_seq: 1, finish_reason: 'stop' });
  });
});

describe('[attack 121] 300 readers of one stream by one user', () => {
  const readAll = async (path: string) => {
    const open = () => chat.http.open('GET', path, undefined, { token: chat.alice });
    return Promise.all(Array.from({ length: 300 }, open));
  };

  it('are served up to a ceiling while it runs; the others are told to come back', async () => {
    const session = await chat.createSession();
    const gate = newGate();
    chat.model.answers(['one ', gate, 'two']);
    const response = await chat.start(session);
    await gate.reached;
    const id = response.headers.get('x-streaming-session-id')!;
    const responses = await readAll(`/chat/sessions/${session}/streams/${id}`);
    const served = responses.filter(({ status }) => status === 200);
    const refused = responses.filter(({ status }) => status !== 200);
    expect([served.length, new Set(refused.map(({ status }) => status))]).toEqual([39, new Set([429])]);
    expect(refused[0]!.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(((await refused[0]!.json()) as { code: string }).code).toBe('too_many_readers');
    gate.release();
    const texts = await Promise.all([response, ...served].map(async (each) => textOf(await readSse(each))));
    expect(new Set(texts)).toEqual(new Set(['one two']));
    const again = await chat.http.open('GET', `/chat/sessions/${session}/streams/${id}`, undefined, {
      token: chat.alice,
    });
    expect(textOf(await readSse(again))).toBe('one two');
  });

  it('share what is read from the log', async () => {
    const session = await chat.createSession();
    chat.model.answers(['one ', 'two ', 'three']);
    const { id } = await chat.ask(session);
    const reads = jest.spyOn(chat.app.get(ChunkLog), 'read');
    const record = await chat.record(id);
    const readers = chat.app.get(ReadersService);
    const sources = await Promise.all(Array.from({ length: 300 }, (_, index) => readers.open(record, index % 3)));
    expect(new Set(sources).size).toBe(1);
    expect(sources[0]!.textAt(1)).toBe('one ');
    // At most once for each of the three cursors, and then nothing that was read before.
    expect(reads.mock.calls.length).toBeLessThanOrEqual(3);
    reads.mockRestore();
  });
});

describe('readers that leave', () => {
  const settled = async (session: string) => {
    for (;;) {
      await chat.app.get(LiveStreams).whenIdle();
      const record = await chat.streams().findOne({ session_id: session });
      if (record?.settlement.state === 'done') return record;
      await chat.http.get('/health/live');
    }
  };

  it('[stream 8] before the first chunk: the answer is given to its end, kept and paid', async () => {
    const session = await chat.createSession();
    const gate = newGate();
    chat.model.answers([gate, 'nobody ', 'reads this'], { usage: { input_tokens: 30, output_tokens: 12 } });
    const response = await chat.start(session);
    await gate.reached;
    await response.body!.cancel();
    gate.release();
    const { _id, state, settlement } = await settled(session);
    expect([state, settlement.charged_ucr]).toEqual(['completed', 42]);
    const report = { streaming_session_id: _id, complete_response: 'nobody reads this' };
    expect((await chat.report(session, report)).body).toMatchObject({ content_match: true, charged_ucr: 42 });
  });

  it('before the headers: the answer can be read with its id, and its Idempotency-Key finds it', async () => {
    const session = await chat.createSession();
    const accounting = chat.app.get(AccountingClient);
    const createHold = accounting.createHold.bind(accounting);
    const placing = newGate();
    jest.spyOn(accounting, 'createHold').mockImplementationOnce(async (...request) => {
      await placing.pass();
      return createHold(...request);
    });
    const leaving = new AbortController();
    const key = { 'idempotency-key': 'left' };
    const asked = fetch(`${chat.url}/chat/sessions/${session}/stream`, {
      method: 'POST',
      headers: { authorization: `Bearer ${chat.alice}`, 'content-type': 'application/json', ...key },
      body: JSON.stringify({ content: 'Hello' }),
      signal: leaving.signal,
    });
    await placing.reached;
    leaving.abort();
    await expect(asked).rejects.toThrow();
    placing.release();
    await settled(session);
    const calls = chat.model.requests.length;
    const again = await chat.start(session, { content: 'Hello' }, key);
    expect(again.headers.get('x-stream-replayed')).toBe('true');
    expect(textOf(await readSse(again))).toBe('You said: Hello');
    expect(chat.model.requests.length).toBe(calls);
  });

  it('one of many at once: each answer is held for, settled and forgotten on its own', async () => {
    const sessions = await Promise.all(Array.from({ length: 20 }, () => chat.createSession()));
    const warned: string[] = [];
    const onWarning = ({ name }: Error) => void warned.push(name);
    process.on('warning', onWarning);
    await Promise.all(
      sessions.map(async (session, index) => {
        const response = await chat.start(session, { content: `Number ${index}` });
        if (index % 2) return response.body!.cancel();
        expect(textOf(await readSse(response))).toBe(`You said: Number ${index}`);
      }),
    );
    const records = await Promise.all(sessions.map(settled));
    process.off('warning', onWarning);
    const holds = records.map(({ _id }) => chat.accounting.holds.get(String(_id))!);
    expect(holds.map(({ state }) => state)).toEqual(holds.map(() => 'settled'));
    expect(records.map(({ settlement }) => settlement.charged_ucr)).toEqual(holds.map((hold) => hold.charged_ucr));
    await chat.app.get(LiveStreams).whenIdle();
    expect(warned).toEqual([]);
  });
});

// Last, because the time that passes here is longer than the tokens of the others live.
describe('an open stream', () => {
  it('[stream 23] goes on when the access token expires, and wants a new one to be opened again', async () => {
    const running = await chat.createSession();
    const gate = newGate();
    chat.model.answers(['one ', gate, 'two']);
    const response = await chat.start(running);
    await gate.reached;
    chat.clock.advance(16 * 60_000);
    gate.release();
    expect(textOf(await readSse(response))).toBe('one two');
    const path = `/chat/sessions/${running}/streams/${response.headers.get('x-streaming-session-id')}`;
    const { status, body } = await chat.http.get(path, { token: chat.alice });
    expect([status, body.code]).toEqual([401, 'token_expired']);
    expect((await chat.http.get(path, { token: chat.auth.accessToken('usr_alice') })).status).toBe(200);
  });
});
