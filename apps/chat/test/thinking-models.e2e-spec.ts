import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newGate, readSse, textOf } from '@parley/testing';
import { type ChatHarness, startChat } from './chat-harness.js';

const thoughts = (count: number) => Array.from({ length: count }, (_, index) => ({ thought: `t${index} ` }));
/** What a model thinks is output by every provider's count. */
const usageOf = (thought: number, said: number) => ({ usage: { input_tokens: 9, output_tokens: thought + said } });

describe('a model that thinks before it speaks', () => {
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

  const progressOf = (id: string) => chat.accounting.callsTo(new RegExp(`/holds/${id}/progress`));

  it('is paid from its hold: what it thinks is covered like what it says, and not shown', async () => {
    chat.model.answers([...thoughts(500), 'so be it'], usageOf(500, 1));
    const { id, text, events } = await chat.ask(session);
    const hold = chat.accounting.holds.get(id)!;
    expect(text).toBe('so be it');
    expect(events.at(-1)!.data).toMatchObject({ state: 'completed', final_seq: 1, charged_ucr: 510 });
    expect(hold.amount_ucr).toBeGreaterThanOrEqual(hold.charged_ucr);
  });

  it('ends when there are no credits for more of it, and an answer without a word costs nothing', async () => {
    chat.accounting.topUpRefusal = { status: 402, code: 'top_up_denied' };
    const aborted = chat.model.aborted;
    chat.model.hangs(thoughts(100));
    const { id, events } = await chat.ask(session);
    expect(events.at(-1)!.data).toMatchObject({ state: 'stopped', finish_reason: 'credits', final_seq: 0 });
    expect(chat.accounting.holds.get(id)).toMatchObject({ state: 'released', charged_ucr: 0 });
    await chat.model.untilAborted(aborted + 1);
  });

  it('is not charged for its thoughts when it is abandoned: only what was shown is reported as used', async () => {
    const gate = newGate();
    chat.model.answers(['12345678', gate, ...thoughts(100)], usageOf(100, 2));
    const response = await chat.start(session);
    const id = response.headers.get('x-streaming-session-id')!;
    await gate.reached;
    const path = `/chat/sessions/${session}/streams/${id}/status`;
    while ((await chat.http.get(path, { token: chat.alice })).body.last_seq < 1);
    gate.release();
    expect(textOf(await readSse(response))).toBe('12345678');
    const reports = progressOf(id).map(({ body }) => body);
    expect(reports.map(({ usage }) => usage.output_tokens)).toEqual(reports.map(() => 2));
    expect(chat.accounting.holds.get(id)!.max_output_tokens).toBeGreaterThanOrEqual(102);
  });
});
