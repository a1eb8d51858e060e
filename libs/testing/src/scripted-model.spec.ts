import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newGate, ScriptedModel } from './scripted-model.js';

describe('ScriptedModel', () => {
  let model: ScriptedModel;

  beforeEach(async () => {
    model = await ScriptedModel.start();
  });
  afterEach(() => model.stop());

  const ask = (content: string, signal?: AbortSignal) =>
    fetch(`${model.url}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'scripted-1', stream: true, messages: [{ role: 'user', content }] }),
      ...(signal ? { signal } : {}),
    });

  const textIn = (body: string): string =>
    [...body.matchAll(/"content":("(?:[^"\\]|\\.)*")/g)].map(([, text]) => JSON.parse(text!) as string).join('');

  it('repeats what the user said, and counts it', async () => {
    const body = await (await ask('good  morning')).text();
    expect(textIn(body)).toBe('You said: good  morning');
    expect(body).toContain('"usage":{"prompt_tokens":2,"completion_tokens":4,"total_tokens":6}');
    expect(body.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(model.requests[0]?.body.messages).toHaveLength(1);
    await model.untilFinished();
  });

  it('waits at a gate until the test opens it', async () => {
    const gate = newGate();
    model.answers(['one ', gate, 'two'], { usage: null });
    const response = await ask('hello');
    await gate.reached;
    expect(model.finished).toBe(0);
    gate.release();
    const body = await response.text();
    expect(textIn(body)).toBe('one two');
    expect(body).not.toContain('usage');
  });

  it('tells when a caller broke off', async () => {
    const caller = new AbortController();
    model.hangs(['never ']);
    const response = await ask('hello', caller.signal);
    await model.untilRequested(1);
    caller.abort();
    await expect(response.text()).rejects.toThrow();
    await model.untilAborted();
    expect([model.aborted, model.finished]).toEqual([1, 0]);
  });

  it('plays its script in order and then returns to the echo', async () => {
    model.refuses(429, 'slow down');
    model.fails(['half'], 'overheated');
    model.breaks(['half']);
    expect((await ask('a')).status).toBe(429);
    expect(await (await ask('b')).text()).toContain('"message":"overheated"');
    await expect((await ask('c')).text()).rejects.toThrow();
    expect(textIn(await (await ask('d')).text())).toBe('You said: d');
    expect(model.aborted).toBe(0);
  });

  it('lists its models, or is away', async () => {
    const list = () => fetch(`${model.url}/models`);
    expect(await (await list()).json()).toEqual({ object: 'list', data: model.models });
    model.down = true;
    expect((await list()).status).toBe(503);
  });
});
