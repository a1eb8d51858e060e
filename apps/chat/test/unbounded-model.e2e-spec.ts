import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readSse, textOf } from '@parley/testing';
import { type ChatHarness, startChat } from './chat-harness.js';

describe('a model server that does not keep to max_tokens', () => {
  let chat: ChatHarness;
  let session: string;

  beforeAll(async () => {
    chat = await startChat();
  });
  beforeEach(async () => {
    session = await chat.createSession();
  });
  afterAll(() => chat.stop());

  const ask = async (max_tokens: number) => {
    const response = await chat.start(session, { content: 'Hello', max_tokens });
    const events = await readSse(response);
    const hold = chat.accounting.holds.get(response.headers.get('x-streaming-session-id')!)!;
    return { text: textOf(events), done: events.at(-1)!.data, hold };
  };

  it.each([1, 64, 500])('shows of a whole document what %i tokens have, which the hold covers', async (maxTokens) => {
    chat.model.answersWhole('word'.repeat(50_000));
    const { text, done, hold } = await ask(maxTokens);
    expect(text).toBe('word'.repeat(maxTokens));
    expect(done).toMatchObject({ state: 'stopped', finish_reason: 'length', usage: { output_tokens: maxTokens } });
    expect([hold.max_output_tokens, hold.state, hold.charged_ucr]).toEqual([maxTokens, 'settled', hold.amount_ucr]);
  });

  it('leaves an answer alone whose tokens are only long', async () => {
    const long = '-'.repeat(60);
    chat.model.answers(Array<string>(10).fill(long), { finishReason: 'length', usage: null });
    const { text, done } = await ask(10);
    expect([text, done.state]).toEqual([long.repeat(10), 'completed']);
  });
});
