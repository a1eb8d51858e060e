import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, modelName, type Parley, startParley } from '../parley.js';

/** One micro-credit for each token. */
const rate = { input_ucr_per_mtok: 1_000_000, output_ucr_per_mtok: 1_000_000, per_call_ucr: 0 };
const cacheRate = { cache_read_ucr_per_mtok: 1_000_000, cache_write_ucr_per_mtok: 1_000_000, free: false };
const question = 'A long story';
/** Our count of the question, alone and with the conversation so far. */
const input = 10;
const word = 'word';

describe('an account that runs out of credits in the middle of an answer', () => {
  let parley: Parley;
  let user: { token: string; userId: string };
  let admin: { token: string };
  let session: string;

  beforeAll(async () => {
    parley = await startParley();
    [user, admin] = await Promise.all([parley.login('user1'), parley.login('admin')]);
    await parley.accounting.put(`/prices/${modelName}`, { ...rate, ...cacheRate }, { token: admin.token });
    session = (await parley.chat.post('/chat/sessions', {}, { token: user.token })).body.session_id as string;
  });
  afterAll(() => parley.stop());

  const balance = async () => (await parley.accounting.get('/credits/balance', { token: user.token })).body;
  const allocate = (amount_ucr: number) =>
    parley.accounting.post(
      '/credits/allocations',
      { user_id: user.userId, amount_ucr, reason: 'for the test' },
      { token: admin.token },
    );

  it('gets as much of it as it can pay for, to the token, and pays for that', async () => {
    await allocate(150);
    // The model is asked for 140 tokens and ignores the limit; only our own count stops it.
    parley.model.answers(Array<string>(2_000).fill(word), { usage: null });
    const { events, text } = await ask(parley, user.token, session, { content: question });
    expect(parley.model.requests.at(-1)!.body.max_tokens).toBe(150 - input);
    expect(text).toBe(word.repeat(150 - input));
    expect(events.at(-1)!.data).toMatchObject({ state: 'stopped', finish_reason: 'credits', charged_ucr: 150 });
    expect(await balance()).toMatchObject({ balance_ucr: 0, held_ucr: 0, available_ucr: 0 });
  });

  it('gets 402 for the next question, before any model call', async () => {
    const asked = parley.model.requests.length;
    const path = `/chat/sessions/${session}/stream`;
    const { status, body } = await parley.chat.post(path, { content: 'Go on' }, { token: user.token });
    expect([status, body.code]).toEqual([402, 'insufficient_credits']);
    expect(parley.model.requests.length).toBe(asked);
  });

  it('goes on after an allocation, with what was said as a part of the conversation', async () => {
    await allocate(1_000);
    const { events } = await ask(parley, user.token, session, { content: 'Go on' });
    expect(events.at(-1)!.data).toMatchObject({ state: 'completed', finish_reason: 'stop' });
    expect(parley.model.requests.at(-1)!.body.messages).toEqual([
      { role: 'user', content: question },
      { role: 'assistant', content: word.repeat(150 - input) },
      { role: 'user', content: 'Go on' },
    ]);
    expect(await balance()).toMatchObject({ held_ucr: 0 });
  });

  it('two answers at once share what there is, and together pay no more than that', async () => {
    await allocate(1_000);
    const { balance_ucr: before } = await balance();
    const sessions = await Promise.all(
      [1, 2].map(async () => (await parley.chat.post('/chat/sessions', {}, { token: user.token })).body.session_id),
    );
    for (let n = 0; n < 2; n++) parley.model.answers(Array<string>(2_000).fill(word), { usage: null });
    const answers = await Promise.all(
      sessions.map((id) => ask(parley, user.token, id as string, { content: question, max_tokens: 1_200 })),
    );
    const charged = answers.map(({ events }) => events.at(-1)!.data.charged_ucr as number);
    // One is promised all that it may come to, and the other what is left then.
    const reasons = answers.map(({ events }) => events.at(-1)!.data.finish_reason as string);
    expect(reasons.sort()).toEqual(['credits', 'length']);
    expect(charged).toEqual(answers.map(({ text }) => input + text.length / word.length));
    const { balance_ucr: after, held_ucr: held } = await balance();
    expect([after, held]).toEqual([before - charged[0]! - charged[1]!, 0]);
    expect(after).toBeGreaterThanOrEqual(0);
  });
});
