import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { streamIdPattern } from '@parley/contracts';
import { newStreamId, closingAction, type StreamEnd, usageOf } from './stream.js';

const end = (state: StreamEnd['state'], facts: Partial<StreamEnd> = {}): StreamEnd => ({
  state,
  finishReason: 'x',
  ...facts,
});

describe('streaming session ids', () => {
  it('have the form stream-{13-digit milliseconds}-{uuid v4}', () => {
    const id = newStreamId(1_767_225_600_000, '3f2b8c1e-9d4a-4e6b-8a7c-5d1e2f3a4b5c');
    expect(id).toBe('stream-1767225600000-3f2b8c1e-9d4a-4e6b-8a7c-5d1e2f3a4b5c');
    expect(streamIdPattern.test(newStreamId(Date.now(), randomUUID()))).toBe(true);
  });

  it.each([
    'incorrect-id-67890',
    'stream-123-3f2b8c1e-9d4a-4e6b-8a7c-5d1e2f3a4b5c',
    'stream-1767225600000-3F2B8C1E-9D4A-4E6B-8A7C-5D1E2F3A4B5C',
    'stream-1767225600000-3f2b8c1e-9d4a-1e6b-8a7c-5d1e2f3a4b5c',
    'stream-1767225600000-3f2b8c1e-9d4a-4e6b-8a7c-5d1e2f3a4b5c\n',
    '',
  ])('%j is not one', (text) => {
    expect(streamIdPattern.test(text)).toBe(false);
  });
});

describe('who pays', () => {
  it.each([
    [end('completed'), 0, 'settle'],
    [end('completed'), 3, 'settle'],
    [end('stopped'), 3, 'settle'],
    [end('stopped'), 0, 'release'],
    [end('stopped', { isOwed: true }), 0, 'settle'],
    [end('failed', { isOwed: true }), 0, 'release'],
    [end('failed'), 0, 'release'],
    [end('failed'), 3, 'settle'],
    [end('interrupted'), 0, 'release'],
    [end('interrupted'), 3, 'settle'],
  ] as const)('%j with %d chunks: %s', (ending, finalSeq, action) => {
    expect(closingAction(ending, finalSeq)).toBe(action);
  });

  it("bills the provider's count, else our own", () => {
    expect(usageOf(end('completed', { usage: { input_tokens: 5, output_tokens: 2 } }), 9, 9)).toEqual({
      input_tokens: 5,
      output_tokens: 2,
      source: 'provider',
    });
    expect(usageOf(end('failed'), 9, 4)).toEqual({ input_tokens: 9, output_tokens: 4, source: 'estimated' });
  });
});
