import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChatHarness, startChat } from './chat-harness.js';

const secret = 'what I would only tell my diary';
const head = '"id":"chatcmpl-1","object":"chat.completion.chunk","created":1768478400,"model":"scripted-1"';

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
