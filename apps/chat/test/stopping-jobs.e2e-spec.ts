import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { getConnectionToken } from '@nestjs/mongoose';
import { newGate } from '@parley/testing';
import type { Connection } from 'mongoose';
import { PeriodicJobs } from '../src/recovery/periodic-jobs.js';
import { RecoveryService } from '../src/recovery/recovery.service.js';
import { BooksComparison } from '../src/settlements/books-comparison.service.js';
import { SettlementsService } from '../src/settlements/settlements.service.js';
import { type ChatHarness, startChat } from './chat-harness.js';

describe('jobs of a process that is told to stop', () => {
  let chat: ChatHarness;

  beforeAll(async () => {
    chat = await startChat();
    await chat.app.get(PeriodicJobs).onModuleDestroy();
  });
  afterAll(() => chat.stop());

  it('leave to the next process what they have not begun: a stop does not wait for a hundred calls', async () => {
    chat.accounting.down = true;
    for (let n = 0; n < 3; n++) await chat.ask(await chat.createSession());
    chat.accounting.down = false;
    chat.clock.advance(60_000);
    const settlements = chat.app.get(SettlementsService);
    const settle = settlements.settle.bind(settlements);
    const first = newGate();
    const settling = jest.spyOn(settlements, 'settle').mockImplementation(async (id) => {
      await first.pass();
      return settle(id);
    });
    const stopping = new AbortController();
    const round = settlements.settleDue(100, stopping.signal);
    await first.reached;
    stopping.abort();
    first.release();
    await round;
    expect(settling).toHaveBeenCalledTimes(1);
    settling.mockRestore();
    expect(await settlements.settleDue(100)).toBe(2);
  });

  it('end at once when they were told before', async () => {
    const stopped = AbortSignal.abort();
    await chat.ask(await chat.createSession());
    chat.clock.advance(60_000);
    const asked = chat.accounting.calls.length;
    expect(await chat.app.get(BooksComparison).compareDue(100, stopped)).toBe(0);
    const gate = newGate();
    chat.model.answers([gate]);
    const response = await chat.start(await chat.createSession());
    const streams = chat.app.get<Connection>(getConnectionToken()).collection('chat_streams');
    await streams.updateMany({ active: true }, { $set: { lease_until: new Date(0) } });
    const placed = chat.accounting.calls.length;
    expect(await chat.app.get(RecoveryService).recoverAbandoned(stopped)).toBe(0);
    expect([placed - asked, chat.accounting.calls.length - placed]).toEqual([1, 0]);
    gate.release();
    await response.body!.cancel();
  });
});
