import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newGate, readSse, textOf } from '@parley/testing';
import { RecoveryService } from '../src/recovery/recovery.service.js';
import { ClosingsService } from '../src/closings/closings.service.js';
import { type ChatHarness, startChat } from './chat-harness.js';

describe('what a crash or an outage leaves open', () => {
  let chat: ChatHarness;
  let session: string;

  beforeAll(async () => {
    chat = await startChat();
  });
  beforeEach(async () => {
    session = await chat.createSession();
    chat.accounting.down = false;
  });
  afterAll(() => chat.stop());

  const recover = () => chat.app.get(RecoveryService).recoverAbandoned();

  it('[stream 20] a settlement that accounting did not answer is repeated until it does', async () => {
    const gate = newGate();
    chat.model.answers(['text', gate]);
    const response = await chat.start(session);
    const id = response.headers.get('x-streaming-session-id')!;
    chat.accounting.down = true;
    gate.release();
    const events = await readSse(response);
    expect(events.at(-1)!.data).toMatchObject({ state: 'completed', charged_ucr: null });
    chat.accounting.down = false;
    chat.clock.advance(60_000);
    await chat.app.get(ClosingsService).closeDue(10);
    expect(chat.accounting.holds.get(id)).toMatchObject({ state: 'settled' });
    const { body } = await chat.http.get(`/chat/sessions/${session}/streams/${id}/status`, { token: chat.alice });
    expect(body.charged_ucr).toBe(chat.accounting.holds.get(id)!.charged_ucr);
  });

  it('a hold that may have been made before accounting fell silent is released', async () => {
    chat.accounting.down = true;
    expect((await chat.start(session)).status).toBe(503);
    const id = chat.accounting.callsTo(/POST \/holds$/).at(-1)!.body.hold_id as string;
    chat.accounting.down = false;
    chat.clock.advance(60_000);
    await chat.app.get(ClosingsService).closeDue(10);
    expect(chat.accounting.callsTo(new RegExp(`${id}/release`)).length).toBeGreaterThan(0);
    expect(await chat.record(id)).toMatchObject({
      state: 'rejected',
      settlement: { state: 'done' },
    });
  });

  it('a hold whose request is still on its way is released when it comes, and is waited for so long', async () => {
    chat.accounting.down = true;
    expect((await chat.start(session)).status).toBe(503);
    const request = chat.accounting.callsTo(/POST \/holds$/).at(-1)!.body as { hold_id: string };
    const id = request.hold_id;
    const settlement = async () => (await chat.record(id)).settlement;
    const close = () => chat.app.get(ClosingsService).close(id);
    chat.accounting.down = false;
    chat.clock.advance(59_999);
    await close();
    expect(await settlement()).toMatchObject({ state: 'due', action: 'release' });
    await fetch(`${chat.accounting.url}/holds`, { method: 'POST', body: JSON.stringify(request) });
    expect(chat.accounting.holds.get(id)!.state).toBe('held');
    await close();
    expect(await settlement()).toMatchObject({ state: 'done', charged_ucr: 0 });
    expect(chat.accounting.holds.get(id)!.state).toBe('released');
  });

  it('a hold that has not come after a minute will not come any more', async () => {
    chat.accounting.down = true;
    expect((await chat.start(session)).status).toBe(503);
    const id = chat.accounting.callsTo(/POST \/holds$/).at(-1)!.body.hold_id as string;
    chat.accounting.down = false;
    chat.clock.advance(60_000);
    await chat.app.get(ClosingsService).close(id);
    expect((await chat.record(id)).settlement).toMatchObject({
      state: 'done',
      charged_ucr: 0,
    });
  });

  it('[stream 17, 18] an abandoned stream is ended with the text in its log, and the old process can add nothing', async () => {
    const gate = newGate();
    chat.model.answers(['kept', gate, ' lost']);
    const response = await chat.start(session);
    const id = response.headers.get('x-streaming-session-id')!;
    await gate.reached;
    await chat.untilShown(id);
    await chat.abandon(id);
    expect(await recover()).toBe(1);
    gate.release();
    const events = await readSse(response);
    expect(textOf(events)).toBe('kept');
    expect(events.slice(-2)).toMatchObject([
      { event: 'error', data: { code: 'interrupted', retryable: true } },
      { event: 'done', data: { state: 'interrupted', final_seq: 1 } },
    ]);
    const { body } = await chat.http.get(`/chat/sessions/${session}/messages`, { token: chat.alice });
    expect(body.data[1]).toMatchObject({ role: 'assistant', content: 'kept', state: 'interrupted' });
    expect(chat.accounting.callsTo(new RegExp(`${id}/settle`))[0]!.body).toMatchObject({
      outcome: 'interrupted',
      usage: { output_tokens: 1, source: 'estimated' },
    });
  });

  it('a stream whose process died before the model spoke costs nothing', async () => {
    const gate = newGate();
    chat.model.answers([gate, 'late']);
    const response = await chat.start(session);
    const id = response.headers.get('x-streaming-session-id')!;
    await gate.reached;
    await chat.abandon(id);
    await recover();
    gate.release();
    expect(chat.accounting.holds.get(id)).toMatchObject({ state: 'released', charged_ucr: 0 });
    expect((await readSse(response)).at(-1)!.data).toMatchObject({ state: 'interrupted', charged_ucr: 0 });
    expect((await chat.start(session)).status).toBe(200);
  });

  it('a stream that is alive is left alone', async () => {
    const gate = newGate();
    chat.model.answers(['alive', gate]);
    const response = await chat.start(session);
    expect(await recover()).toBe(0);
    gate.release();
    expect((await readSse(response)).at(-1)!.data.state).toBe('completed');
  });

  it('deleting a session ends its answer, which is settled and not kept', async () => {
    const gate = newGate();
    chat.model.answers(['shown', gate, ' never']);
    const response = await chat.start(session);
    const id = response.headers.get('x-streaming-session-id')!;
    await gate.reached;
    await chat.untilShown(id);
    expect((await chat.http.delete(`/chat/sessions/${session}`, { token: chat.alice })).status).toBe(200);
    const events = await readSse(response);
    expect(events.at(-1)!.data).toMatchObject({ state: 'stopped' });
    expect(chat.accounting.holds.get(id)!.state).toBe('settled');
    const { status } = await chat.http.get(`/chat/sessions/${session}/messages`, { token: chat.alice });
    expect(status).toBe(404);
  });
});
