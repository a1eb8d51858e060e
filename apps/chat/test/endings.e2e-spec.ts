import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { newGate, readSse, textOf } from '@parley/testing';
import type { Connection } from 'mongoose';
import { AccountingClient } from '../src/accounting/accounting-client.js';
import { ModelCatalogue } from '../src/models/model-catalogue.js';
import { RecoveryService } from '../src/recovery/recovery.service.js';
import { ClosingsService } from '../src/closings/closings.service.js';
import { ChunkLog } from '../src/streams/chunk-log.js';
import { LiveStreams } from '../src/readers/live-streams.js';
import { StopReason } from '../src/streams/stop-reason.js';
import { type ChatHarness, modelName, startChat } from './chat-harness.js';

let chat: ChatHarness;
let session: string;

beforeAll(async () => {
  chat = await startChat();
});
beforeEach(async () => {
  session = await chat.createSession();
});
afterAll(() => chat.stop());

describe('two things that end one stream at once', () => {
  afterEach(() => void jest.restoreAllMocks());

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
      await chat.app.get(ClosingsService).close(request[0]);
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
    await chat.untilShown(id);
    await chat.abandon(id);
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
    const seal = log.seal.bind(log);
    jest
      .spyOn(log, 'seal')
      .mockImplementation((run) => (run._id === ids[0] ? Promise.reject(new Error('unreadable')) : seal(run)));
    for (const id of ids) await chat.abandon(id);
    await chat.app.get(RecoveryService).recoverAbandoned();
    expect(await chat.record(ids[1]!)).toMatchObject({ state: 'interrupted' });
    expect(chat.logs.filter(({ level }) => level === 'error').at(-1)).toMatchObject({ streaming_session_id: ids[0] });
    for (const gate of gates) gate.release();
  });
});

/** Only the intervals of the answer stand still: everything else here is real. */
const real = ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'setTimeout'] as const;

describe('an answer whose session was deleted through another process', () => {
  beforeAll(() => void jest.useFakeTimers({ doNotFake: [...real, 'clearImmediate', 'clearTimeout'] }));
  afterAll(() => void jest.useRealTimers());

  it('ends with the next renewal of its lease, and what was shown is paid', async () => {
    const gate = newGate();
    chat.model.answers(['shown', gate, ' never']);
    const response = await chat.start(session);
    const id = response.headers.get('x-streaming-session-id')!;
    await gate.reached;
    await chat.untilShown(id);
    const sessions = chat.app.get<Connection>(getConnectionToken()).collection('chat_sessions');
    await sessions.updateOne({ _id: session as never }, { $set: { deleted_at: new Date() } });
    const aborted = chat.model.untilAborted(chat.model.aborted + 1);
    jest.advanceTimersByTime(10_000);
    await aborted;
    const events = await readSse(response);
    expect(textOf(events)).toBe('shown');
    expect(events.at(-1)!.data).toMatchObject({ state: 'stopped', finish_reason: 'session_deleted' });
    expect(chat.accounting.holds.get(id)!.state).toBe('settled');
    gate.release();
  });

  it('goes on while the session is there', async () => {
    const gate = newGate();
    chat.model.answers(['to the ', gate, 'end']);
    const response = await chat.start(session);
    await gate.reached;
    jest.advanceTimersByTime(20_000);
    gate.release();
    expect(textOf(await readSse(response))).toBe('to the end');
  });
});
