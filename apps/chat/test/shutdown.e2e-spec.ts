import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PeriodicJobs } from '@parley/platform';
import { newGate, readSse, textOf } from '@parley/testing';
import { AccountingClient } from '../src/accounting/accounting-client.js';
import { AnswersService } from '../src/answers/answers.service.js';
import { RecoveryService } from '../src/recovery/recovery.service.js';
import { BooksComparisonService } from '../src/closings/books-comparison.service.js';
import { ClosingsService } from '../src/closings/closings.service.js';
import { LiveStreams } from '../src/readers/live-streams.js';
import { StopReason } from '../src/streams/stop-reason.js';
import { type ChatHarness, startChat } from './chat-harness.js';

describe('a chat process that is told to stop', () => {
  let chat: ChatHarness;
  let session: string;

  beforeEach(async () => {
    chat = await startChat();
    session = await chat.createSession();
  });
  afterEach(() => chat.stop());

  it('[stream 19] lets running answers end, takes no new ones, and is not ready meanwhile', async () => {
    const second = await chat.createSession();
    const gate = newGate();
    chat.model.answers(['to the ', gate, 'end']);
    const response = await chat.start(session);
    await gate.reached;
    const stopping = chat.app.get(AnswersService).beforeApplicationShutdown();
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

  it('[stream 19] cuts off what does not end in time: text and bill are kept, and the reader is told', async () => {
    const gate = newGate();
    chat.model.answers(['kept', gate, ' never']);
    const response = await chat.start(session);
    const id = response.headers.get('x-streaming-session-id')!;
    await gate.reached;
    await chat.untilShown(id);
    chat.app.get(LiveStreams).stopAll(StopReason.shutdown);
    const events = await readSse(response);
    expect(textOf(events)).toBe('kept');
    expect(events.slice(-2)).toMatchObject([
      { event: 'error', data: { code: 'draining', retryable: true } },
      { event: 'done', data: { state: 'interrupted', finish_reason: 'shutdown' } },
    ]);
    expect(chat.accounting.holds.get(id)!.state).toBe('settled');
  });

  it('waits also for an answer that is about to begin', async () => {
    const accounting = chat.app.get(AccountingClient);
    const createHold = accounting.createHold.bind(accounting);
    const [placing, speaking] = [newGate(), newGate()];
    jest.spyOn(accounting, 'createHold').mockImplementation(async (...request) => {
      await placing.pass();
      return createHold(...request);
    });
    chat.model.answers(['to the ', speaking, 'end']);
    const response = chat.start(session);
    await placing.reached;
    let isStopped = false;
    const stopping = chat.app
      .get(AnswersService)
      .beforeApplicationShutdown()
      .then(() => (isStopped = true));
    placing.release();
    await speaking.reached;
    expect(isStopped).toBe(false);
    speaking.release();
    const events = await readSse(await response);
    await stopping;
    expect(textOf(events)).toBe('to the end');
    expect(events.at(-1)!.data.state).toBe('completed');
  });
});

describe('jobs of a process that is told to stop', () => {
  let chat: ChatHarness;

  beforeAll(async () => {
    chat = await startChat();
    await chat.app.get(PeriodicJobs).stop();
  });
  afterAll(() => chat.stop());

  it('leave to the next process what they have not begun: a stop does not wait for a hundred calls', async () => {
    chat.accounting.down = true;
    for (let n = 0; n < 3; n++) await chat.ask(await chat.createSession());
    chat.accounting.down = false;
    chat.clock.advance(60_000);
    const closings = chat.app.get(ClosingsService);
    const close = closings.close.bind(closings);
    const first = newGate();
    const closing = jest.spyOn(closings, 'close').mockImplementation(async (id) => {
      await first.pass();
      return close(id);
    });
    const stopping = new AbortController();
    const round = closings.closeDue(100, stopping.signal);
    await first.reached;
    stopping.abort();
    first.release();
    await round;
    expect(closing).toHaveBeenCalledTimes(1);
    closing.mockRestore();
    expect(await closings.closeDue(100)).toBe(2);
  });

  it('end at once when they were told before', async () => {
    const stopped = AbortSignal.abort();
    await chat.ask(await chat.createSession());
    chat.clock.advance(60_000);
    const asked = chat.accounting.calls.length;
    expect(await chat.app.get(BooksComparisonService).compareDue(100, stopped)).toBe(0);
    const gate = newGate();
    chat.model.answers([gate]);
    const response = await chat.start(await chat.createSession());
    await chat.streams().updateMany({ active: true }, { $set: { lease_until: new Date(0) } });
    const placed = chat.accounting.calls.length;
    expect(await chat.app.get(RecoveryService).recoverAbandoned(stopped)).toBe(0);
    expect([placed - asked, chat.accounting.calls.length - placed]).toEqual([1, 0]);
    gate.release();
    await response.body!.cancel();
  });
});
