import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newGate, readSse, textOf } from '@parley/testing';
import { AnswersService } from '../src/answers/answers.service.js';
import { LiveStreams } from '../src/streams/live-streams.js';
import { StopReason } from '../src/streams/stop-reason.js';
import { type ChatHarness, startChat } from './chat-harness.js';

describe('a chat process that is told to stop', () => {
  let chat: ChatHarness;
  let stopping: Promise<void>;

  beforeAll(async () => {
    chat = await startChat();
  });
  afterAll(() => chat.stop());

  it('lets running answers end, takes no new ones, and is not ready meanwhile', async () => {
    const [first, second] = [await chat.createSession(), await chat.createSession()];
    const gate = newGate();
    chat.model.answers(['to the ', gate, 'end']);
    const response = await chat.start(first);
    await gate.reached;
    stopping = chat.app.get(AnswersService).beforeApplicationShutdown();
    const refused = await chat.start(second);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([503, 'draining']);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await chat.http.get('/health/ready')).body).toEqual({ status: 'not_ready', missing: ['draining'] });
    gate.release();
    const events = await readSse(response);
    await stopping;
    expect(textOf(events)).toBe('to the end');
    expect(events.at(-1)!.data.state).toBe('completed');
  });

  it('cuts off what does not end in time: text and bill are kept, and the reader is told', async () => {
    const other = await startChat();
    const session = await other.createSession();
    const gate = newGate();
    other.model.answers(['kept', gate, ' never']);
    const response = await other.start(session);
    const id = response.headers.get('x-streaming-session-id')!;
    await gate.reached;
    const path = `/chat/sessions/${session}/streams/${id}/status`;
    while ((await other.http.get(path, { token: other.alice })).body.last_seq < 1);
    other.app.get(LiveStreams).stopAll(StopReason.shutdown);
    const events = await readSse(response);
    expect(textOf(events)).toBe('kept');
    expect(events.slice(-2)).toMatchObject([
      { event: 'error', data: { code: 'draining', retryable: true } },
      { event: 'done', data: { state: 'interrupted', finish_reason: 'shutdown' } },
    ]);
    expect(other.accounting.holds.get(id)!.state).toBe('settled');
    await other.stop();
  });
});
