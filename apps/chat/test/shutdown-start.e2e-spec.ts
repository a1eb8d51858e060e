import { describe, expect, it, jest } from '@jest/globals';
import { newGate, readSse, textOf } from '@parley/testing';
import { AccountingClient } from '../src/accounting/accounting-client.js';
import { AnswersService } from '../src/answers/answers.service.js';
import { startChat } from './chat-harness.js';

describe('a chat process that is told to stop while an answer is about to begin', () => {
  it('waits for that answer too', async () => {
    const chat = await startChat();
    const session = await chat.createSession();
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
    await chat.stop();
  });
});
