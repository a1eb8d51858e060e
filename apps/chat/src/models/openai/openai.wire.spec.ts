import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { captureLogs, TestClock } from '@parley/testing';
import { OpenAiServer, responseHead } from '../../../test/openai-server.js';
import { OpenAiProvider } from './openai.provider.js';

const server = new OpenAiServer();
afterEach(() => server.close());

const chunk = (text: string, finishReason: string | null = null, more: Record<string, unknown> = {}) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: text }, finish_reason: finishReason }], ...more })}\n\n`;

const event = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;

/** What the log would have of the cause of a failure. */
function loggedOf(failure: unknown): string {
  const logs = captureLogs();
  logs.logger.warn({ err: (failure as Error).cause }, 'failed');
  return logs.text();
}

const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };

/** Bytes on the wire as no well-mannered server sends them. */
describe('OpenAiProvider on the wire', () => {
  async function answerOf(send: (socket: Socket) => void | Promise<void>) {
    const pieces: string[] = [];
    const generation = await server.ask(send, (text) => void pieces.push(text));
    return { ...generation, text: pieces.join('') };
  }

  const answerTo = (body: string, type = 'text/event-stream') =>
    answerOf((socket) => void socket.end(responseHead(type) + body));

  it('puts together what arrives byte by byte', async () => {
    const body =
      chunk('naïve ') + ': ping\r\n\r\n' + chunk('日本 👩‍💻', 'stop').replaceAll('\n', '\r\n') + 'data: [DONE]\n\n';
    const answer = await answerOf(async (socket) => {
      socket.write(responseHead());
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
    const answer = server.ask(
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
        socket.write(responseHead() + chunk('x', 'stop') + 'data: [DONE]\n\n');
      }).then(() => server.provider?.close());
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

  const prompt = 'My bank pin is 4711';

  it.each([
    [
      'an error event',
      'text/event-stream',
      event({ error: { message: prompt, code: 'overheated' } }),
      'code overheated',
    ],
    ['an event that is not JSON', 'text/event-stream', `data: ${prompt}\n\n`, 'not a chunk: 19 characters'],
    ['a document that is not JSON', 'application/json', prompt, 'not a chunk: 19 characters'],
    ['a media type', `text/${prompt}; charset=utf-8`, '', 'content-type of some other form'],
    ['another media type', 'text/html; charset=utf-8', prompt, 'content-type text/html'],
  ])('[attack 120] gives the log nothing of the words of %s', async (_, type, body, expected) => {
    const failure: unknown = await answerTo(body, type).catch((error: unknown) => error);
    expect(loggedOf(failure)).toContain(expected);
    expect(loggedOf(failure)).not.toMatch(/bank|4711/);
  });

  it('[attack 120] gives the log nothing of what is not HTTP', async () => {
    const failure: unknown = await answerOf((socket) => void socket.end(`HTTP/1.1 ${prompt}\r\n\r\n`)).catch(
      (error: unknown) => error,
    );
    expect(loggedOf(failure)).toContain('HTTPParserError');
    expect(loggedOf(failure)).not.toMatch(/bank|4711/);
  });

  it.each([
    ['HTTP', `HTTP/1.1 ${prompt}\r\n\r\n`, 'HTTPParserError'],
    ['JSON', responseHead('application/json') + prompt, 'not JSON: 19 characters'],
  ])('[attack 120] gives the log nothing of a list of models that is not %s', async (_, answer, expected) => {
    const away = createServer((socket) => void socket.once('data', () => socket.end(answer)));
    await once(away.listen(0, '127.0.0.1'), 'listening');
    const baseUrl = `http://127.0.0.1:${(away.address() as AddressInfo).port}/v1`;
    const provider = new OpenAiProvider({ baseUrl }, new TestClock());
    const failure: unknown = await provider.models().catch((error: unknown) => error);
    expect(loggedOf(failure)).toContain(expected);
    expect(loggedOf(failure)).not.toMatch(/bank|4711/);
    await provider.close();
    away.close();
  });

  it('fails on something that is not HTTP', async () => {
    const answer = answerOf((socket) => void socket.end('SSH-2.0-OpenSSH\r\n'));
    await expect(answer).rejects.toMatchObject({ name: 'ModelError', code: 'model_failed' });
  });

  it('fails, and leaks nothing, when the key cannot be sent', async () => {
    const provider = new OpenAiProvider({ baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'line\nbreak' }, new TestClock());
    const signal = new AbortController().signal;
    const asked = provider.generate({ model: 'm', messages: [], maxTokens: 1, signal }, () => undefined);
    await expect(asked).rejects.toMatchObject({ name: 'ModelError', code: 'model_failed' });
    await provider.close();
  });
});

const delta = (change: object, finish_reason: string | null = null) =>
  event({ choices: [{ index: 0, delta: change, finish_reason }] });
const text = (content: string) => delta({ content });
const end = delta({}, 'stop');
const counted = (prompt: unknown, completion: unknown) =>
  event({ choices: [], usage: { prompt_tokens: prompt, completion_tokens: completion } });
const done = 'data: [DONE]\n\n';

/** What is billed is what the provider counted, where that can be a count at all. */
describe('the usage that OpenAiProvider reads', () => {
  const usageOf = async (...events: string[]) => (await server.answer(events.join(''))).usage;

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
    const unended = (socket: Socket) => void socket.write(responseHead() + text('x') + end);
    expect(await server.ask(unended, () => undefined, { silenceMs: 50 })).toEqual({ finishReason: 'stop' });
  });
});

describe('what OpenAiProvider reads of the thoughts of a model', () => {
  /** What the caller was given, in order; each piece takes a turn of the event loop, as when a hold has to grow. */
  async function piecesOf(body: string, type?: string) {
    const pieces: string[] = [];
    let taking = 0;
    const take = async (piece: string, isHidden?: boolean) => {
      expect(++taking).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      pieces.push(isHidden ? `(${piece})` : piece);
      taking--;
    };
    return { ...(await server.answer(body, take, type)), pieces };
  }

  it('hands them on apart from the text, under either name', async () => {
    const body = delta({ content: null, reasoning_content: 'a' }) + delta({ content: '', reasoning: 'b' });
    expect((await piecesOf(body + delta({ content: 'c' }) + end + done)).pieces).toEqual(['(a)', '(b)', 'c']);
  });

  it('hands on one at a time what comes in one event', async () => {
    const body = delta({ reasoning: 'a', reasoning_content: 'a', content: 'b' }) + delta({ content: 'c' });
    expect((await piecesOf(body + end + done)).pieces).toEqual(['(a)', 'b', 'c']);
  });

  it('hands on one at a time what comes in one document, before it is over', async () => {
    const message = { role: 'assistant', reasoning_content: 'a', content: 'b' };
    const document = JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] });
    expect(await piecesOf(document, 'application/json')).toEqual({ pieces: ['(a)', 'b'], finishReason: 'stop' });
  });

  it('hands on the parts of a content that comes in parts', async () => {
    const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'a' }, null, { type: 'text', text: 'b' }] };
    const parts = [thinking, 7, { type: 'image_url', image_url: {} }, { type: 'text', text: 'c' }];
    const body = delta({ content: parts }) + delta({ content: [{ type: 'text', text: 'd' }] });
    expect((await piecesOf(body + delta({ content: 'e' }) + end + done)).pieces).toEqual(['(ab)', 'c', 'd', 'e']);
  });

  it('ignores what is no text', async () => {
    const body = delta({ reasoning_content: null, reasoning: { steps: [] } }) + delta({ reasoning_content: '' });
    expect((await piecesOf(body + delta({ content: 'c' }) + end + done)).pieces).toEqual(['c']);
  });
});
