import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newGate, readSse, textOf } from '@parley/testing';
import { type ChatHarness, startChat } from './chat-harness.js';

describe('the hold of a running answer', () => {
  let chat: ChatHarness;
  let session: string;

  beforeAll(async () => {
    chat = await startChat();
  });
  beforeEach(async () => {
    session = await chat.createSession();
    chat.accounting.topUpRefusal = undefined;
  });
  afterAll(() => chat.stop());

  const progressOf = (id: string) => chat.accounting.callsTo(new RegExp(`PUT /holds/${id}/progress`));

  it('begins small and grows while the answer does', async () => {
    const gate = newGate();
    chat.model.answers(['1234'.repeat(60), gate, '5678'.repeat(60)], {
      usage: { input_tokens: 9, output_tokens: 120 },
    });
    const response = await chat.start(session);
    const id = response.headers.get('x-streaming-session-id')!;
    await gate.reached;
    while (progressOf(id).length === 0) await chat.http.get('/health/live');
    gate.release();
    const events = await readSse(response);
    expect(events.at(-1)!.data).toMatchObject({ state: 'completed', finish_reason: 'stop', charged_ucr: 129 });
    expect(progressOf(id)[0]!.body).toMatchObject({ seq: 1, usage: { output_tokens: 60 }, top_up_output_tokens: 128 });
  });

  it('out of credits: the answer ends at what is held, is kept and paid, and the user can go on after a top-up', async () => {
    chat.accounting.topUpRefusal = { status: 402, code: 'top_up_denied', facts: { required_ucr: 1, available_ucr: 0 } };
    const gate = newGate();
    chat.model.answers(['1234'.repeat(60), gate, '5678'.repeat(8), ' never shown'], { usage: null });
    const response = await chat.start(session);
    const id = response.headers.get('x-streaming-session-id')!;
    await gate.reached;
    while (progressOf(id).length === 0) await chat.http.get('/health/live');
    gate.release();
    const events = await readSse(response);
    expect(events.at(-1)!.data).toMatchObject({ state: 'stopped', finish_reason: 'credits' });
    expect(textOf(events)).not.toContain('never shown');
    expect(chat.accounting.holds.get(id)!.state).toBe('settled');
    const { body } = await chat.http.get(`/chat/sessions/${session}/messages`, { token: chat.alice });
    expect(body.data[1]).toMatchObject({ state: 'stopped', content: textOf(events) });
    chat.accounting.topUpRefusal = undefined;
    const next = await chat.ask(session, 'Go on');
    expect(next.text).toBe('You said: Go on');
  });
});
