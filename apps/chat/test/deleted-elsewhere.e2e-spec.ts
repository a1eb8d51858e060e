import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { newGate, readSse, textOf } from '@parley/testing';
import type { Connection } from 'mongoose';
import { type ChatHarness, startChat } from './chat-harness.js';

/** Only the intervals of the answer stand still: everything else here is real. */
const real = ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'setTimeout'] as const;

describe('an answer whose session was deleted through another process', () => {
  let chat: ChatHarness;

  beforeAll(async () => {
    chat = await startChat();
    jest.useFakeTimers({ doNotFake: [...real, 'clearImmediate', 'clearTimeout'] });
  });
  afterAll(async () => {
    jest.useRealTimers();
    await chat.stop();
  });

  it('ends with the next renewal of its lease, and what was shown is paid', async () => {
    const session = await chat.createSession();
    const gate = newGate();
    chat.model.answers(['shown', gate, ' never']);
    const response = await chat.start(session);
    const id = response.headers.get('x-streaming-session-id')!;
    await gate.reached;
    const path = `/chat/sessions/${session}/streams/${id}/status`;
    while ((await chat.http.get(path, { token: chat.alice })).body.last_seq < 1);
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
    const response = await chat.start(await chat.createSession());
    await gate.reached;
    jest.advanceTimersByTime(20_000);
    gate.release();
    expect(textOf(await readSse(response))).toBe('to the end');
  });
});
