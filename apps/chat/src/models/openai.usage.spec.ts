import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TestClock } from '@parley/testing';
import { OpenAiProvider } from './openai.provider.js';

const event = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
const text = (content: string) => event({ choices: [{ index: 0, delta: { content } }] });
const end = event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
const counted = (prompt: unknown, completion: unknown) =>
  event({ choices: [], usage: { prompt_tokens: prompt, completion_tokens: completion } });
const done = 'data: [DONE]\n\n';

/** What is billed is what the provider counted, where that can be a count at all. */
describe('the usage that OpenAiProvider reads', () => {
  let server: Server;
  let provider: OpenAiProvider;
  let send: (response: ServerResponse) => void;

  beforeEach(async () => {
    server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      send(response);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    provider = new OpenAiProvider({ baseUrl }, new TestClock(), { silenceMs: 50 });
  });
  afterEach(async () => {
    await provider.close();
    server.closeAllConnections();
    server.close();
  });

  const generate = () => {
    const messages = [{ role: 'user' as const, content: 'hi' }];
    const request = { model: 'm', messages, maxTokens: 10, signal: new AbortController().signal };
    return provider.generate(request, () => undefined);
  };
  const usageOf = async (...events: string[]) => {
    send = (response) => void response.end(events.join(''));
    return (await generate()).usage;
  };

  it('comes after the finish reason, or with it, or before', async () => {
    const usage = { input_tokens: 7, output_tokens: 3 };
    expect(await usageOf(text('x'), end, counted(7, 3), done)).toEqual(usage);
    expect(await usageOf(text('x'), counted(7, 3), end, done)).toEqual(usage);
  });

  it('is the last that can be read, when there are several', async () => {
    const usage = { input_tokens: 7, output_tokens: 3 };
    expect(await usageOf(counted(7, 1), text('x'), counted(7, 2), end, counted(7, 3), done)).toEqual(usage);
    expect(await usageOf(text('x'), end, counted(7, 3), counted(null, null), event({ usage: {} }), done)).toEqual(
      usage,
    );
  });

  it.each([
    ['of nothing', 0, 0],
    ['of no output, though there was text', 7, 0],
    ['of no input, as from a server that did not read its cache', 0, 3],
  ])('is not a count %s', async (_, input, output) => {
    expect(await usageOf(text('x'), end, counted(input, output), done)).toBeUndefined();
  });

  it('is not a count when more text follows', async () => {
    expect(await usageOf(counted(7, 1), text('x'), text('y'), end, done)).toBeUndefined();
  });

  it('may be of no output when there was no text', async () => {
    expect(await usageOf(end, counted(7, 0), done)).toEqual({ input_tokens: 7, output_tokens: 0 });
  });

  it('is not waited for without end: an answer that was finished does not fail for want of a count', async () => {
    send = (response) => void response.write(text('x') + end);
    expect(await generate()).toEqual({ finishReason: 'stop' });
  });
});
