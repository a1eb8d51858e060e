import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { newGate, readSse, textOf } from '@parley/testing';
import type { Connection } from 'mongoose';
import { AccountingClient } from '../src/accounting/accounting-client.js';
import { LiveStreams } from '../src/streams/live-streams.js';
import { type ChatHarness, startChat } from './chat-harness.js';

describe('readers that leave', () => {
  let chat: ChatHarness;

  beforeAll(async () => {
    chat = await startChat();
  });
  afterAll(() => chat.stop());

  const streams = () => chat.app.get<Connection>(getConnectionToken()).collection('chat_streams');
  const settled = async (session: string) => {
    for (;;) {
      const record = await streams().findOne({ session_id: session });
      if (record?.settlement.state === 'done') return record;
      await chat.http.get('/health/live');
    }
  };

  it('before the first chunk: the answer is given to its end, kept and paid', async () => {
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
