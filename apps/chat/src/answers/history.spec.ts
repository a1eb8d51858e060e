import { describe, expect, it } from '@jest/globals';
import { fitHistory } from './history.js';
import type { ModelMessage } from '../models/provider/model-provider.js';
import { estimateMessages, estimateTokens } from '../models/tokens/token-count.js';

const system: ModelMessage = { role: 'system', content: 'be brief' };
const user = (content: string): ModelMessage => ({ role: 'user', content });
const assistant = (content: string): ModelMessage => ({ role: 'assistant', content });
const talk = [user('one'), assistant('two'), user('three'), assistant('four'), user('five')];

describe('estimateTokens', () => {
  it.each([
    ['', 0],
    ['a', 1],
    ['abcd', 1],
    ['abcde', 2],
    ['日本', 2],
  ])('counts four bytes as one token: %p', (text, tokens) => {
    expect(estimateTokens(text)).toBe(tokens);
  });

  it('adds what the chat format costs', () => {
    expect(estimateMessages([])).toBe(3);
    expect(estimateMessages([user('abcde'), assistant('')])).toBe(3 + 4 + 2 + 4);
  });
});

describe('fitHistory', () => {
  const fit = (messages: ModelMessage[], budget: number) => fitHistory(messages, budget);

  it('keeps everything that fits', () => {
    expect(fit(talk, estimateMessages(talk))).toEqual(talk);
  });

  it('drops the oldest, and an answer whose question is gone', () => {
    expect(fit(talk, estimateMessages(talk) - 1)).toEqual(talk.slice(2));
  });

  it('keeps the system message in front', () => {
    const messages = [system, ...talk];
    expect(fit(messages, estimateMessages(messages) - 1)).toEqual([system, ...talk.slice(2)]);
  });

  it('never drops the question, however small the budget', () => {
    expect(fit([system, ...talk], 0)).toEqual([system, user('five')]);
  });

  it('never starts with an answer, even when all fits', () => {
    expect(fit([assistant('hello'), user('hi')], 1_000)).toEqual([user('hi')]);
  });

  it('makes nothing of nothing', () => {
    expect(fit([], 0)).toEqual([]);
    expect(fit([assistant('hello')], 1_000)).toEqual([]);
  });
});
