import { describe, expect, it, jest } from '@jest/globals';
import type { ModelMessage } from '../provider/model-provider.js';
import { countTokens, OfflineProvider } from './offline.provider.js';

const user = (content: string): ModelMessage => ({ role: 'user', content });

describe('OfflineProvider', () => {
  const ask = async (messages: ModelMessage[], maxTokens = 500, provider = new OfflineProvider(0)) => {
    const pieces: string[] = [];
    const { signal } = new AbortController();
    const request = { model: 'parley-eliza', messages, maxTokens, signal };
    const generation = await provider.generate(request, (text) => void pieces.push(text));
    return { ...generation, pieces, text: pieces.join('') };
  };

  /** What it answers to the last of these lines, each of the earlier ones having been answered. */
  const talk = async (...lines: string[]): Promise<string> => {
    const messages: ModelMessage[] = [];
    let text = '';
    for (const line of lines) {
      messages.push(user(line));
      ({ text } = await ask(messages));
      messages.push({ role: 'assistant', content: text });
    }
    return text;
  };

  it('introduces itself in its first answer, and only there', async () => {
    const introduction = "I am Parley's offline demo program, not a language model.";
    expect(await talk('hello')).toContain(introduction);
    expect(await talk('hello', 'hello')).not.toContain(introduction);
  });

  it.each(['Who are you?', 'Are you an AI?', 'are you ChatGPT', 'What model is this?', 'what can you do for me'])(
    'says what it is when asked %p',
    async (question) => {
      expect(await talk('hello', question)).toContain('not a language model');
    },
  );

  it.each([
    ['I am worried about my exam', 'I am sorry to read that you are worried. What brought it on?'],
    ['I need a holiday from my job.', 'What would it mean to you to get a holiday from your job?'],
    ['my sister never calls me', 'Tell me more about your sister.'],
    ['I remember my old house', 'Do you often think of your old house?'],
    [
      'What is the capital of France?',
      'I cannot answer that: I am only patterns and know no facts. What made you ask?',
    ],
    ['我今天很累', 'Please go on.'],
    ['', 'Please go on.'],
  ])('answers %p', async (line, answer) => {
    expect(await talk('hello', line)).toBe(answer);
  });

  it('does not say the same thing twice running', async () => {
    expect(await talk('I feel cold', 'I feel warm')).toBe('Do you often feel warm?');
  });

  it('comes back to what was said when there is nothing to go on', async () => {
    expect(await talk('my dog is old', 'hm')).toBe('Earlier you mentioned your dog. Has that to do with this?');
    expect(await talk('my dog is old', 'hm', 'hm')).toBe('Tell me more about that.');
  });

  it('gives the same answer to the same conversation', async () => {
    const lines = ['hello', 'I want to sleep', 'hm', 'I want to travel'];
    expect(await talk(...lines)).toBe(await talk(...lines));
  });

  it('streams word by word and counts its tokens', async () => {
    const { pieces, text, finishReason, usage } = await ask([user('Hi, you!')]);
    expect(pieces.length).toBeGreaterThan(5);
    expect(pieces.every((piece) => piece.trim().split(/\s/).length === 1)).toBe(true);
    expect({ finishReason, usage }).toEqual({
      finishReason: 'stop',
      usage: { input_tokens: 4, output_tokens: countTokens(text) },
    });
  });

  it('stops at max tokens', async () => {
    const { text, finishReason, usage } = await ask([user('hello')], 4);
    expect(text).toBe('Hello! I am');
    expect(finishReason).toBe('length');
    expect(usage?.output_tokens).toBe(4);
  });

  it('answers a very long message at once', async () => {
    expect((await ask([user('i am '.repeat(20_000))])).text.length).toBeLessThan(400);
  });

  it('keeps its pace', async () => {
    jest.useFakeTimers();
    try {
      const pieces: string[] = [];
      const request = { model: 'm', messages: [user('hello')], maxTokens: 50, signal: new AbortController().signal };
      void new OfflineProvider(10).generate(request, (text) => void pieces.push(text));
      await jest.advanceTimersByTimeAsync(99);
      expect(pieces).toHaveLength(0);
      await jest.advanceTimersByTimeAsync(301);
      expect(pieces).toHaveLength(4);
    } finally {
      jest.useRealTimers();
    }
  });

  it('ends at once, with the reason, when the caller breaks off', async () => {
    const caller = new AbortController();
    const reason = new Error('stop');
    const request = { model: 'm', messages: [user('hello')], maxTokens: 50, signal: caller.signal };
    const answer = new OfflineProvider(0.001).generate(request, () => undefined);
    caller.abort(reason);
    await expect(answer).rejects.toBe(reason);
    await expect(new OfflineProvider(0).generate(request, () => undefined)).rejects.toBe(reason);
  });
});
