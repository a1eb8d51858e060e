import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newGate, ScriptedModel, TestClock } from '@parley/testing';
import { type GenerationRequest, ModelError } from '../provider/model-provider.js';
import { OpenAiProvider } from './openai.provider.js';
import type { OpenAiLimits } from './openai.limits.js';

const apiKey = 'key-that-nobody-may-see';

describe('OpenAiProvider', () => {
  let model: ScriptedModel;
  let provider: OpenAiProvider;
  let clock: TestClock;

  const connect = (limits: Partial<OpenAiLimits> = {}, models?: string[]) => {
    provider = new OpenAiProvider({ baseUrl: model.url, apiKey, ...(models ? { models } : {}) }, clock, limits);
    return provider;
  };

  beforeEach(async () => {
    clock = new TestClock();
    model = await ScriptedModel.start();
    connect();
  });
  afterEach(async () => {
    await provider.close();
    await model.stop();
  });

  const request = (change: Partial<GenerationRequest> = {}): GenerationRequest => ({
    model: 'scripted-1',
    messages: [{ role: 'user', content: 'good morning' }],
    maxTokens: 100,
    signal: new AbortController().signal,
    ...change,
  });

  async function generate(change?: Partial<GenerationRequest>) {
    const pieces: string[] = [];
    const generation = await provider.generate(request(change), (text) => void pieces.push(text));
    return { ...generation, pieces };
  }

  const failure = async (): Promise<ModelError> => {
    const error = await generate().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ModelError);
    expect(`${JSON.stringify(error)} ${(error as Error).stack} ${String((error as Error).cause)}`).not.toContain(
      apiKey,
    );
    return error as ModelError;
  };

  describe('generate', () => {
    it('asks for a stream with usage and hands on each piece', async () => {
      expect(await generate({ temperature: 0.5 })).toEqual({
        finishReason: 'stop',
        usage: { input_tokens: 2, output_tokens: 4 },
        pieces: ['You ', 'said: ', 'good ', 'morning'],
      });
      const { headers, body } = model.requests[0]!;
      expect(headers.authorization).toBe(`Bearer ${apiKey}`);
      expect(body).toEqual({
        model: 'scripted-1',
        messages: [{ role: 'user', content: 'good morning' }],
        max_tokens: 100,
        temperature: 0.5,
        stream: true,
        stream_options: { include_usage: true },
      });
    });

    it('hands on a piece while the next is not there yet', async () => {
      const gate = newGate();
      model.answers(['one', gate, 'two'], { usage: null });
      const pieces: string[] = [];
      let sawFirst!: () => void;
      const first = new Promise<void>((resolve) => (sawFirst = resolve));
      const generation = provider.generate(request(), (text) => {
        pieces.push(text);
        sawFirst();
      });
      await first;
      expect(pieces).toEqual(['one']);
      gate.release();
      expect(await generation).toEqual({ finishReason: 'stop' });
      expect(pieces).toEqual(['one', 'two']);
    });

    it.each([
      ['length', 'length'],
      ['content_filter', 'content_filter'],
      ['tool_calls', 'other'],
    ])('says that the model ended with %s', async (given, finishReason) => {
      model.answers(['x'], { finishReason: given });
      expect((await generate()).finishReason).toBe(finishReason);
    });

    it('takes a whole document from a server that does not stream', async () => {
      model.answersWhole('all at once');
      expect(await generate()).toEqual({
        finishReason: 'stop',
        usage: { input_tokens: 2, output_tokens: 1 },
        pieces: ['all at once'],
      });
    });
  });

  describe('when the caller breaks off', () => {
    it('rejects with the reason of the caller and ends the request at the provider', async () => {
      const caller = new AbortController();
      const reason = new Error('the reader pressed stop');
      model.hangs(['one']);
      const generation = provider.generate(request({ signal: caller.signal }), () => void caller.abort(reason));
      await expect(generation).rejects.toBe(reason);
      await model.untilAborted();
    });

    it('asks nothing when the caller did so before', async () => {
      const reason = new Error('too late');
      await expect(generate({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect(model.requests).toHaveLength(0);
    });
  });

  describe('when the provider fails', () => {
    const prompt = 'My bank pin is 4711';
    const refusal = (error: unknown) => JSON.stringify({ error });

    it.each([
      [
        'its code, type and parameter',
        refusal({ message: prompt, type: 'invalid_request_error', param: 'messages[0].content', code: 'too_long' }),
        'HTTP 429: code too_long, type invalid_request_error, param messages[0].content, N characters, request id req_1',
      ],
      [
        'a code that is a number',
        refusal({ message: prompt, code: 429 }),
        'HTTP 429: code 429, N characters, request id req_1',
      ],
      [
        'what stands at the top',
        JSON.stringify({ object: 'error', message: prompt, type: 'BadRequestError', param: null, code: 400 }),
        'HTTP 429: code 400, type BadRequestError, N characters, request id req_1',
      ],
      [
        'no sentence as a code',
        refusal({ code: prompt, type: 'x'.repeat(65), param: ['a'] }),
        'HTTP 429: N characters, request id req_1',
      ],
      ['no key', refusal({ code: apiKey, type: `about-${apiKey}` }), 'HTTP 429: N characters, request id req_1'],
      ['nothing of a plain sentence', `Slow down. ${prompt}`, 'HTTP 429: N characters, request id req_1'],
      ['nothing of an error in one word', refusal(prompt), 'HTTP 429: N characters, request id req_1'],
    ])('[attack 120] of a refusal the log gets the status, the length, and %s', async (_, body, expected) => {
      model.refuses(429, body, { 'x-request-id': 'req_1' });
      const error = await failure();
      expect(error).toMatchObject({ code: 'model_failed', detail: 'The model provider refused the request.' });
      expect(String(error.cause)).toBe(`Error: ${expected.replace('N', String(body.length))}`);
    });

    it('[attack 120] takes no request id that is a sentence', async () => {
      model.refuses(500, '', { 'x-request-id': prompt, 'request-id': 'req_2' });
      expect(String((await failure()).cause)).toBe('Error: HTTP 500: 0 characters, request id req_2');
    });

    it('does not follow a redirect', async () => {
      model.refuses(307, '', { location: `${model.url}/chat/completions` });
      expect(String((await failure()).cause)).toContain('HTTP 307');
      expect(model.requests).toHaveLength(1);
    });

    it('fails on an error event, after the text that came before', async () => {
      model.fails(['half'], 'The engine has overheated.');
      const pieces: string[] = [];
      const generation = provider.generate(request(), (text) => void pieces.push(text));
      await expect(generation).rejects.toMatchObject({
        code: 'model_failed',
        detail: 'The model failed while answering.',
      });
      expect(pieces).toEqual(['half']);
    });

    it('fails when the stream ends in the middle', async () => {
      model.breaks(['half']);
      expect(await failure()).toMatchObject({ code: 'model_failed', detail: 'The answer of the model was cut off.' });
    });

    it('fails when nobody listens', async () => {
      await model.stop();
      expect(await failure()).toMatchObject({ code: 'model_failed', detail: 'The model provider cannot be reached.' });
      model = await ScriptedModel.start();
    });

    it('goes on with the next request', async () => {
      model.breaks(['half']);
      await failure();
      expect((await generate()).finishReason).toBe('stop');
    });
  });

  describe('limits', () => {
    it('waits for the first token only so long', async () => {
      connect({ firstTokenMs: 20 });
      model.ignores();
      expect(await failure()).toMatchObject({ code: 'model_timeout' });
      await model.untilAborted();
    });

    it('waits between tokens only so long', async () => {
      connect({ silenceMs: 20 });
      model.hangs(['one']);
      expect(await failure()).toMatchObject({ code: 'model_timeout' });
      await model.untilAborted();
    });

    it('does not take an answer without end', async () => {
      connect({ maxAnswerCharacters: 10 });
      model.hangs(['12345', '67890', 'x']);
      expect(await failure()).toMatchObject({ detail: 'The model did not stop answering.' });
      await model.untilAborted();
    });

    it('does not take a line without end', async () => {
      connect({ maxLineBytes: 300 });
      model.hangs(['x'.repeat(400)]);
      expect((await failure()).detail).toContain('cannot be read');
    });
  });

  describe('models', () => {
    it('asks the server once a minute', async () => {
      model.models = [{ id: 'big', context_length: 32_000 }, { id: 'vllm', max_model_len: 2_048 }, { id: 'plain' }];
      const listed = [
        { id: 'big', provider: 'openai', contextTokens: 32_000, maxOutputTokens: 4_096 },
        { id: 'vllm', provider: 'openai', contextTokens: 2_048, maxOutputTokens: 2_048 },
        { id: 'plain', provider: 'openai', contextTokens: 8_192, maxOutputTokens: 4_096 },
      ];
      expect(await Promise.all([provider.models(), provider.models()])).toEqual([listed, listed]);
      expect(model.modelListRequests).toBe(1);
      clock.advance(60_000);
      await provider.models();
      expect(model.modelListRequests).toBe(2);
    });

    it('keeps the last list while the server is away', async () => {
      const listed = await provider.models();
      clock.advance(60_000);
      model.down = true;
      expect(await provider.models()).toEqual(listed);
      model.down = false;
      clock.advance(5_000);
      model.models = [];
      expect(await provider.models()).toEqual([]);
    });

    it('fails while there has never been a list, and asks again after a while', async () => {
      model.down = true;
      await expect(provider.models()).rejects.toThrow(ModelError);
      model.down = false;
      await expect(provider.models()).rejects.toThrow(ModelError);
      clock.advance(5_000);
      expect(await provider.models()).toHaveLength(1);
    });

    it('leaves out what has no usable id, and the name of the offline model', async () => {
      model.models = [{}, { id: 5 }, { id: 'with space' }, { id: 'parley-eliza' }, { id: 'org/good:7b' }];
      expect((await provider.models()).map(({ id }) => id)).toEqual(['org/good:7b']);
    });

    it('asks nobody when the list is configured', async () => {
      connect({}, ['a', 'b']);
      expect((await provider.models()).map(({ id }) => id)).toEqual(['a', 'b']);
      expect(model.modelListRequests).toBe(0);
    });
  });
});
