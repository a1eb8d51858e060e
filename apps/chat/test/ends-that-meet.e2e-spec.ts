import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { newGate, readSse, textOf } from '@parley/testing';
import type { Connection } from 'mongoose';
import { AccountingClient } from '../src/accounting/accounting-client.js';
import { ModelCatalogue } from '../src/models/model-catalogue.js';
import { RecoveryService } from '../src/recovery/recovery.service.js';
import { SettlementsService } from '../src/settlements/settlements.service.js';
import { ChunkLog } from '../src/streams/chunk-log.js';
import { LiveStreams } from '../src/streams/live-streams.js';
import { StopReason } from '../src/streams/stop-reason.js';
import { type ChatHarness, modelName, startChat } from './chat-harness.js';

describe('two things that end one stream at once', () => {
  let chat: ChatHarness;
  let session: string;

  beforeAll(async () => {
    chat = await startChat();
  });
  beforeEach(async () => {
    session = await chat.createSession();
  });
  afterEach(() => void jest.restoreAllMocks());
  afterAll(() => chat.stop());

  const streams = () => chat.app.get<Connection>(getConnectionToken()).collection('chat_streams');
  const abandon = (id: string) => streams().updateOne({ _id: id as never }, { $set: { lease_until: new Date(0) } });

  it('the model and the end of the process: an answer that is whole is completed, by the provider’s count', async () => {
    const log = chat.app.get(ChunkLog);
    const append = log.append.bind(log);
    const [writing, generated] = [newGate(), newGate()];
    const { provider } = (await chat.app.get(ModelCatalogue).find(modelName))!;
    const generate = provider.generate.bind(provider);
    jest.spyOn(provider, 'generate').mockImplementation(async (...asked) => {
      const generation = await generate(...asked);
      void generated.pass();
      return generation;
    });
    jest.spyOn(log, 'append').mockImplementation(async (...chunks) => {
      await writing.pass();
      return append(...chunks);
    });
    chat.model.answers(['whole'], { usage: { input_tokens: 30, output_tokens: 12 } });
    const response = await chat.start(session);
    await writing.reached;
    await generated.reached;
    await chat.http.get('/health/live');
    chat.app.get(LiveStreams).stopAll(StopReason.shutdown);
    writing.release();
    const events = await readSse(response);
    expect(textOf(events)).toBe('whole');
    expect(events.at(-1)!.data).toMatchObject({ state: 'completed', finish_reason: 'stop', charged_ucr: 42 });
  });

  it('two settlements: the reader is told the charge, whichever was first', async () => {
    const accounting = chat.app.get(AccountingClient);
    const settleHold = accounting.settleHold.bind(accounting);
    let isFirst = true;
    jest.spyOn(accounting, 'settleHold').mockImplementation(async (...request) => {
      const hold = await settleHold(...request);
      if (!isFirst) return hold;
      isFirst = false;
      await chat.app.get(SettlementsService).settle(request[0]);
      return hold;
    });
    chat.model.answers(['x'], { usage: { input_tokens: 30, output_tokens: 12 } });
    expect((await chat.ask(session)).events.at(-1)!.data.charged_ucr).toBe(42);
  });

  it('two recoveries: one of them ends it, with one message and one settlement', async () => {
    const gate = newGate();
    chat.model.answers(['kept', gate]);
    const response = await chat.start(session);
    const id = response.headers.get('x-streaming-session-id')!;
    await gate.reached;
    while ((await streams().findOne({ _id: id as never }))!.last_seq < 1);
    await abandon(id);
    const recovery = chat.app.get(RecoveryService);
    const ended = await Promise.all(Array.from({ length: 5 }, () => recovery.recoverAbandoned()));
    gate.release();
    expect(ended.reduce((total, each) => total + each)).toBe(1);
    expect((await readSse(response)).at(-1)!.data).toMatchObject({ state: 'interrupted', final_seq: 1 });
    const { body } = await chat.http.get(`/chat/sessions/${session}/messages`, { token: chat.alice });
    expect(body.data.map(({ role }: { role: string }) => role)).toEqual(['user', 'assistant']);
    expect(chat.accounting.callsTo(new RegExp(`${id}/settle`))).toHaveLength(1);
  });

  it('a stream that cannot be recovered does not keep the others from it, and is named in the log', async () => {
    const others = [await chat.createSession(), await chat.createSession()];
    const gates = others.map(() => newGate());
    const ids: string[] = [];
    for (const [index, other] of others.entries()) {
      chat.model.answers([gates[index]!]);
      ids.push((await chat.start(other)).headers.get('x-streaming-session-id')!);
      await gates[index]!.reached;
    }
    const log = chat.app.get(ChunkLog);
    const read = log.read.bind(log);
    jest
      .spyOn(log, 'read')
      .mockImplementation((id, ...range) =>
        id === ids[0] ? Promise.reject(new Error('unreadable')) : read(id, ...range),
      );
    for (const id of ids) await abandon(id);
    await chat.app.get(RecoveryService).recoverAbandoned();
    expect(await streams().findOne({ _id: ids[1] as never })).toMatchObject({ state: 'interrupted' });
    expect(chat.logs.filter(({ level }) => level === 'error').at(-1)).toMatchObject({ streaming_session_id: ids[0] });
    for (const gate of gates) gate.release();
  });
});
