import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ScriptedModel, TestClock } from '@parley/testing';
import type { GenerationRequest } from './model-provider.js';
import { OpenAiProvider } from './openai.provider.js';

describe('OpenAiProvider and a model that wants max_completion_tokens', () => {
  let model: ScriptedModel;
  let provider: OpenAiProvider;

  const connect = () => {
    provider = new OpenAiProvider({ baseUrl: model.url }, new TestClock());
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
