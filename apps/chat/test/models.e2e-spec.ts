import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { newGate, readSse, textOf } from '@parley/testing';
import { type ChatHarness, startChat } from './chat-harness.js';

const thoughts = (count: number) => Array.from({ length: count }, (_, index) => ({ thought: `t${index} ` }));
/** What a model thinks is output by every provider's count. */
const usageOf = (thought: number, said: number) => ({ usage: { input_tokens: 9, output_tokens: thought + said } });
const secret = 'what I would only tell my diary';
const head = '"id":"chatcmpl-1","object":"chat.completion.chunk","created":1768478400,"model":"scripted-1"';

let chat: ChatHarness;
let session: string;

beforeAll(async () => {
  chat = await startChat();
});
beforeEach(async () => {
  session = await chat.createSession();
});
afterAll(() => chat.stop());

describe('a model that thinks before it speaks', () => {
  beforeEach(() => void (chat.accounting.topUpRefusal = undefined));

  const progressOf = (id: string) => chat.accounting.callsTo(new RegExp(`/holds/${id}/progress`));

  it('is paid from its hold: what it thinks is covered like what it says, and not shown', async () => {
    chat.model.answers([...thoughts(500), 'so be it'], usageOf(500, 1));
    const { id, text, events } = await chat.ask(session);
    const hold = chat.accounting.holds.get(id)!;
    expect(text).toBe('so be it');
    expect(events.at(-1)!.data).toMatchObject({ state: 'completed', final_seq: 1, charged_ucr: 510 });
    expect(hold.amount_ucr).toBeGreaterThanOrEqual(hold.charged_ucr);
  });

  it('[attack 113] ends when there are no credits for more of it, and what it thought is paid', async () => {
    chat.accounting.topUpRefusal = { status: 402, code: 'top_up_denied' };
    const aborted = chat.model.aborted;
    chat.model.hangs(thoughts(100));
    const { id, events } = await chat.ask(session);
    expect(events.at(-1)!.data).toMatchObject({ state: 'stopped', finish_reason: 'credits', final_seq: 0 });
    expect(chat.accounting.holds.get(id)).toMatchObject({ state: 'settled', charged_ucr: 9 + 64 });
    await chat.model.untilAborted(aborted + 1);
  });

  it('is not charged for its thoughts when it is abandoned: only what was shown is reported as used', async () => {
    const gate = newGate();
    chat.model.answers(['12345678', gate, ...thoughts(100)], usageOf(100, 2));
    const response = await chat.start(session);
    const id = response.headers.get('x-streaming-session-id')!;
    await gate.reached;
    await chat.untilShown(id);
    gate.release();
    expect(textOf(await readSse(response))).toBe('12345678');
    const reports = progressOf(id).map(({ body }) => body);
    expect(reports.map(({ usage }) => usage.output_tokens)).toEqual(reports.map(() => 2));
    expect(chat.accounting.holds.get(id)!.max_output_tokens).toBeGreaterThanOrEqual(102);
  });
});

describe('a model server that does not keep to max_tokens', () => {
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

describe('the log of answers that fail', () => {
  let server: Server;
  let chat: ChatHarness;
  let body = '';

  beforeAll(async () => {
    server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    chat = await startChat({ OPENAI_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` });
  });
  afterAll(async () => {
    await chat.stop();
    server.close();
  });

  it.each([
    ['a chunk that is cut off', `data: {${head},"choices":[{"index":0,"delta":{"content":"${secret}\n\n`],
    ['a chunk with rubbish behind it', `data: {${head},"choices":[{"delta":{"content":"${secret}"}}]}}\n\n`],
    ['an answer that breaks off', `data: {${head},"choices":[{"delta":{"content":"${secret}"}}]}\n\n`],
  ])('has no word of it: %s', async (_, sent) => {
    body = sent;
    const { events } = await chat.ask(await chat.createSession(), `My question about ${secret}`);
    expect(events.at(-1)!.data.state).toBe('failed');
    const lines = JSON.stringify(chat.logs);
    expect(lines).toContain('a model failed');
    expect(lines).not.toContain('diary');
    expect(lines).not.toContain(chat.alice);
  });
});
