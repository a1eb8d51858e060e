import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TestClock } from '@parley/testing';
import { OpenAiProvider } from './openai.provider.js';

const event = (delta: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
const end = event({}, 'stop') + 'data: [DONE]\n\n';

describe('what OpenAiProvider reads of the thoughts of a model', () => {
  let server: Server;
  let provider: OpenAiProvider;

  afterEach(async () => {
    await provider.close();
    server.closeAllConnections();
    server.close();
  });

  /** What the caller was handed, in order; he takes a turn of the event loop for each, as when a hold has to grow. */
  async function piecesOf(body: string, type = 'text/event-stream') {
    server = createServer((_, response) => void response.writeHead(200, { 'content-type': type }).end(body));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    provider = new OpenAiProvider({ baseUrl }, new TestClock());
    const messages = [{ role: 'user' as const, content: 'hi' }];
    const request = { model: 'm', messages, maxTokens: 10, signal: new AbortController().signal };
    const pieces: string[] = [];
    let taking = 0;
    const generation = await provider.generate(request, async (text, isHidden) => {
      expect(++taking).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      pieces.push(isHidden ? `(${text})` : text);
      taking--;
    });
    return { pieces, ...generation };
  }

  it('hands them on apart from the text, under either name', async () => {
    const body = event({ content: null, reasoning_content: 'a' }) + event({ content: '', reasoning: 'b' });
    expect((await piecesOf(body + event({ content: 'c' }) + end)).pieces).toEqual(['(a)', '(b)', 'c']);
  });

  it('hands on one at a time what comes in one event', async () => {
    const body = event({ reasoning: 'a', reasoning_content: 'a', content: 'b' }) + event({ content: 'c' });
    expect((await piecesOf(body + end)).pieces).toEqual(['(a)', 'b', 'c']);
  });

  it('hands on one at a time what comes in one document, before it is over', async () => {
    const message = { role: 'assistant', reasoning_content: 'a', content: 'b' };
    const document = JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] });
    expect(await piecesOf(document, 'application/json')).toEqual({ pieces: ['(a)', 'b'], finishReason: 'stop' });
  });

  it('hands on the parts of a content that comes in parts', async () => {
    const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'a' }, null, { type: 'text', text: 'b' }] };
    const parts = [thinking, 7, { type: 'image_url', image_url: {} }, { type: 'text', text: 'c' }];
    const body = event({ content: parts }) + event({ content: [{ type: 'text', text: 'd' }] });
    expect((await piecesOf(body + event({ content: 'e' }) + end)).pieces).toEqual(['(ab)', 'c', 'd', 'e']);
  });

  it('ignores what is no text', async () => {
    const body = event({ reasoning_content: null, reasoning: { steps: [] } }) + event({ reasoning_content: '' });
    expect((await piecesOf(body + event({ content: 'c' }) + end)).pieces).toEqual(['c']);
  });
});
