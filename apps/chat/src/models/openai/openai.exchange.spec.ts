import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ScriptedModel, TestClock } from '@parley/testing';
import type { GenerationRequest } from '../provider/model-provider.js';
import type { OpenAiLimits } from './openai.limits.js';
import { OpenAiProvider } from './openai.provider.js';

let model: ScriptedModel;
let provider: OpenAiProvider;

const connect = (limits: Partial<OpenAiLimits> = {}) => {
  provider = new OpenAiProvider({ baseUrl: model.url }, new TestClock(), limits);
};

beforeEach(async () => {
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

describe('OpenAiProvider and a model that wants max_completion_tokens', () => {
  async function generate(change?: Partial<GenerationRequest>) {
    const pieces: string[] = [];
    await provider.generate(request(change), (text) => void pieces.push(text));
    return pieces.join('');
  }

  /** As OpenAI says it. */
  const refusal = (error: object) => JSON.stringify({ error: { type: 'invalid_request_error', ...error } });
  const sentence =
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";

  it.each([
    ['by param and code', refusal({ message: 'No.', param: 'max_tokens', code: 'unsupported_parameter' })],
    ['by its sentence alone', refusal({ message: sentence, code: 'invalid_request_body' })],
  ])('is asked again with that name, once, and remembered: told %s', async (_, body) => {
    model.refuses(400, body);
    expect(await generate()).toBe('You said: good morning');
    await generate();
    const limits = model.requests.map(({ body: { max_tokens, max_completion_tokens } }) => [
      max_tokens,
      max_completion_tokens,
    ]);
    expect(limits).toEqual([
      [100, undefined],
      [undefined, 100],
      [undefined, 100],
    ]);
    await generate({ model: 'another' });
    expect(model.requests.at(-1)!.body.max_tokens).toBe(100);
  });

  it('is not asked a third time', async () => {
    for (let n = 0; n < 2; n++) model.refuses(400, refusal({ message: sentence }));
    await expect(generate()).rejects.toMatchObject({ detail: 'The model provider refused the request.' });
    expect(model.requests).toHaveLength(2);
  });

  it.each([
    [400, refusal({ message: 'No.', param: 'temperature', code: 'unsupported_parameter' })],
    [400, refusal({ message: "'max_tokens' is too large: 9. This model supports at most 8.", param: 'max_tokens' })],
    [400, 'max_tokens max_completion_tokens'],
    [400, 'null'],
    [500, refusal({ message: sentence, param: 'max_tokens', code: 'unsupported_parameter' })],
  ])('other refusals are final: %d %s', async (status, body) => {
    model.refuses(status, body);
    await expect(generate()).rejects.toMatchObject({ code: 'model_failed' });
    expect(model.requests).toHaveLength(1);
  });

  it('is not asked again after the caller has broken off', async () => {
    const caller = new AbortController();
    model.refuses(400, refusal({ message: sentence }));
    const generation = generate({ signal: caller.signal });
    await model.untilRequested(1);
    caller.abort(new Error('stop'));
    await expect(generation).rejects.toThrow('stop');
    expect(model.requests).toHaveLength(1);
  });
});

describe('OpenAiProvider while a piece cannot be taken', () => {
  /** Takes every piece, and the second one only when `take` is called. */
  const holdBackSecond = () => {
    const pieces: string[] = [];
    let take!: () => void;
    let arrive!: () => void;
    const arrived = new Promise<void>((resolve) => (arrive = resolve));
    const taken = new Promise<void>((resolve) => (take = resolve));
    const onText = (text: string) => {
      pieces.push(text);
      if (pieces.length !== 2) return undefined;
      arrive();
      return taken;
    };
    return { pieces, arrived, take, onText };
  };

  it('hands on nothing more, not even what came in the same packet', async () => {
    model.answers(['one', 'two', 'three', 'four']);
    const { pieces, arrived, take, onText } = holdBackSecond();
    const generation = provider.generate(request(), onText);
    await arrived;
    await model.untilFinished();
    expect(pieces).toEqual(['one', 'two']);
    take();
    expect(await generation).toMatchObject({ finishReason: 'stop', usage: { output_tokens: 4 } });
    expect(pieces).toEqual(['one', 'two', 'three', 'four']);
  });

  it('reads no further from the server, which has to wait too', async () => {
    const flood = Array.from({ length: 400 }, () => 'x'.repeat(40_000));
    model.answers(['one', 'two', ...flood], { usage: null });
    connect({ maxAnswerCharacters: 100_000_000 });
    const { pieces, arrived, take, onText } = holdBackSecond();
    const generation = provider.generate(request(), onText);
    await arrived;
    for (let turns = 0; turns < 50; turns++) await fetch(`${model.url}/models`);
    expect([model.finished, pieces.length]).toEqual([0, 2]);
    take();
    await generation;
    expect(pieces).toHaveLength(402);
  });

  it('does not take its own pause for the silence of the model', async () => {
    connect({ silenceMs: 20 });
    model.answers(['one', 'two', 'three']);
    const { arrived, take, onText } = holdBackSecond();
    const generation = provider.generate(request(), onText);
    await arrived;
    // A model that really is silent, and begins to be so later, is given up meanwhile.
    model.hangs(['one']);
    await expect(provider.generate(request(), () => undefined)).rejects.toMatchObject({ code: 'model_timeout' });
    take();
    expect((await generation).finishReason).toBe('stop');
  });

  it('still takes the silence after it for one', async () => {
    connect({ silenceMs: 20 });
    model.hangs(['one', 'two']);
    const { arrived, take, onText } = holdBackSecond();
    const generation = provider.generate(request(), onText);
    await arrived;
    take();
    await expect(generation).rejects.toMatchObject({ code: 'model_timeout' });
  });

  it('ends at once when the caller breaks off, and the server is told', async () => {
    const caller = new AbortController();
    model.hangs(['one', 'two', 'three']);
    const { pieces, arrived, take, onText } = holdBackSecond();
    const generation = provider.generate(request({ signal: caller.signal }), onText);
    await arrived;
    const reason = new Error('the reader pressed stop');
    caller.abort(reason);
    await expect(generation).rejects.toBe(reason);
    take();
    await model.untilAborted();
    expect(pieces).toEqual(['one', 'two']);
  });

  it('hands on what came before the server broke off, and then says so', async () => {
    model.breaks(['one', 'two']);
    const { pieces, arrived, take, onText } = holdBackSecond();
    const generation = provider.generate(request(), onText).catch((error: unknown) => error);
    await arrived;
    take();
    expect(await generation).toMatchObject({ code: 'model_failed', detail: 'The answer of the model was cut off.' });
    expect(pieces).toEqual(['one', 'two']);
  });

  it('waits with a whole document too', async () => {
    model.answersWhole('all at once');
    let take!: () => void;
    const taken = new Promise<void>((resolve) => (take = resolve));
    let isOver = false;
    const generation = provider.generate(request(), () => taken).finally(() => (isOver = true));
    await model.untilFinished();
    expect(isOver).toBe(false);
    take();
    expect(await generation).toMatchObject({ finishReason: 'stop' });
  });
});
