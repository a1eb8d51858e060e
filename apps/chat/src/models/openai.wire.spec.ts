import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TestClock } from '@parley/testing';
import type { TakeText } from './model-provider.js';
import { OpenAiProvider } from './openai.provider.js';

const chunk = (text: string, finishReason: string | null = null, more: Record<string, unknown> = {}) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: text }, finish_reason: finishReason }], ...more })}\n\n`;

const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
const head = (type: string) => `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\nconnection: close\r\n\r\n`;

/** Bytes on the wire as no well-mannered server sends them. */
describe('OpenAiProvider on the wire', () => {
  let server: Server | undefined;
  let provider: OpenAiProvider | undefined;

  afterEach(async () => {
    await provider?.close();
    server?.close();
  });

  async function answerOf(send: (socket: Socket) => void | Promise<void>, onText?: TakeText) {
    server = createServer((socket) => {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.once('data', () => void send(socket));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    provider = new OpenAiProvider({ baseUrl: `http://127.0.0.1:${port}/v1` }, new TestClock());
    const pieces: string[] = [];
    const signal = new AbortController().signal;
    const asked = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }], maxTokens: 10, signal };
    const generation = await provider.generate(asked, onText ?? ((text) => void pieces.push(text)));
    return { ...generation, text: pieces.join('') };
  }

  const answerTo = (body: string, type = 'text/event-stream') =>
    answerOf((socket) => void socket.end(head(type) + body));

  it('puts together what arrives byte by byte', async () => {
    const body =
      chunk('naïve ') + ': ping\r\n\r\n' + chunk('日本 👩‍💻', 'stop').replaceAll('\n', '\r\n') + 'data: [DONE]\n\n';
    const answer = await answerOf(async (socket) => {
      socket.write(head('text/event-stream'));
      for (const byte of Buffer.from(body)) await new Promise((sent) => socket.write(Buffer.from([byte]), sent));
      socket.end();
    });
    expect(answer).toEqual({ finishReason: 'stop', text: 'naïve 日本 👩‍💻' });
  });

  it('ends with the finish reason when there is no [DONE], and takes the usage of that chunk', async () => {
    expect(await answerTo(chunk('all', 'length', { usage }))).toEqual({
      finishReason: 'length',
      usage: { input_tokens: 7, output_tokens: 3 },
      text: 'all',
    });
  });

  it('ignores what is not text of the first choice', async () => {
    const other = 'data: {"choices":[{"index":1,"delta":{"content":"other"}}]}\n\n';
    const empty = ['{}', '{"choices":null}', '{"choices":[]}', '{"choices":[{"delta":{"content":null}}],"usage":null}'];
    const body = other + empty.map((data) => `data: ${data}\n\n`).join('') + chunk('mine', 'stop') + 'data: [DONE]\n\n';
    expect(await answerTo(body)).toEqual({ finishReason: 'stop', text: 'mine' });
  });

  it.each([
    ['a part of the input', { cached_tokens: 5 }, { cache_read_tokens: 5 }],
    ['all of the input', { cached_tokens: 7 }, { cache_read_tokens: 7 }],
    ['none', { cached_tokens: 0 }, {}],
    ['more than the input', { cached_tokens: 8 }, {}],
    ['a negative number', { cached_tokens: -1 }, {}],
    ['a fraction', { cached_tokens: 2.5 }, {}],
    ['a word', { cached_tokens: '5' }, {}],
    ['nothing', { audio_tokens: 1 }, {}],
    ['no details', null, {}],
    ['details that are none', 'many', {}],
  ])('takes for cached: %s', async (_, details, cached) => {
    const counted = { ...usage, prompt_tokens_details: details };
    const answer = await answerTo(chunk('x', 'stop', { usage: counted }));
    expect(answer.usage).toEqual({ input_tokens: 7, output_tokens: 3, ...cached });
  });

  it('does not take a usage that is no count', async () => {
    const answer = await answerTo(chunk('x', 'stop', { usage: { prompt_tokens: -1, completion_tokens: 2.5 } }));
    expect(answer.usage).toBeUndefined();
  });

  it.each([
    ['its end is the end of the connection', 'connection: close'],
    ['it is sent in chunks', 'connection: close\r\ntransfer-encoding: chunked'],
    ['the connection is kept', 'transfer-encoding: chunked'],
  ])('lives through a connection that breaks while a piece cannot be taken: %s', async (_, headers) => {
    const body = chunk('one') + chunk('two');
    const framed = headers.includes('chunked') ? `${body.length.toString(16)}\r\n${body}\r\n` : body;
    let broken!: Promise<unknown>;
    const pieces: string[] = [];
    const answer = answerOf(
      (socket) => {
        broken = once(socket, 'close');
        socket.write(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n${headers}\r\n\r\n${framed}`);
        setImmediate(() => socket.resetAndDestroy());
      },
      async (text) => {
        pieces.push(text);
        await broken;
        for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
      },
    );
    await expect(answer).rejects.toMatchObject({ detail: 'The answer of the model was cut off.' });
    expect(pieces).toEqual(['one', 'two']);
  });

  it('does not wait for a server that keeps the connection open after [DONE]', async () => {
    const closed = new Promise<void>((resolve) => {
      void answerOf((socket) => {
        socket.on('close', () => resolve());
        socket.write(head('text/event-stream') + chunk('x', 'stop') + 'data: [DONE]\n\n');
      }).then(() => provider?.close());
    });
    await closed;
  });

  it.each([
    ['an end with neither', 'text/event-stream', chunk('half')],
    ['something that is not JSON', 'text/event-stream', 'data: {"choi\n\n'],
    ['JSON that is not an object', 'text/event-stream', 'data: null\n\n'],
    ['an old style error', 'text/event-stream', 'data: {"object":"error","message":"no"}\n\n'],
    ['a page of HTML', 'text/html', '<html>'],
    ['a document that is not JSON', 'application/json', 'oops'],
    ['a document with an error', 'application/json', '{"error":{"message":"no"}}'],
    ['an empty document', 'application/json', '{}'],
  ])('fails on %s', async (_, type, body) => {
    await expect(answerTo(body, type)).rejects.toMatchObject({ name: 'ModelError', code: 'model_failed' });
  });

  it('fails on something that is not HTTP', async () => {
    const answer = answerOf((socket) => void socket.end('SSH-2.0-OpenSSH\r\n'));
    await expect(answer).rejects.toMatchObject({ name: 'ModelError', code: 'model_failed' });
  });

  it('fails, and leaks nothing, when the key cannot be sent', async () => {
    provider = new OpenAiProvider({ baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'line\nbreak' }, new TestClock());
    const signal = new AbortController().signal;
    const asked = provider.generate({ model: 'm', messages: [], maxTokens: 1, signal }, () => undefined);
    await expect(asked).rejects.toMatchObject({ name: 'ModelError', code: 'model_failed' });
  });
});
