import { describe, expect, it } from '@jest/globals';
import { renderLine } from './render-line.js';

describe('renderLine', () => {
  it('shows level, message and facts, and leaves out what a terminal shows anyway', () => {
    const line = JSON.stringify({
      level: 'info',
      time: '2026-01-02T03:04:05.000Z',
      service: 'chat',
      method: 'GET',
      status: 200,
      msg: 'request',
    });
    expect(renderLine('chat', line)).toBe('[chat] info  request method=GET status=200');
  });

  it('quotes values that would read as several', () => {
    const line = JSON.stringify({
      level: 'warn',
      msg: 'refused',
      why: 'two words',
      empty: '',
      list: ['a'],
      odd: 'a=b',
    });
    expect(renderLine('auth', line)).toBe('[auth] warn  refused why="two words" empty="" list=["a"] odd="a=b"');
  });

  it('shows a line without a message by its facts', () => {
    expect(renderLine('auth', '{"level":"debug","n":1}')).toBe('[auth] debug n=1');
  });

  it('keeps the lines of a stack', () => {
    const line = JSON.stringify({
      level: 'error',
      msg: 'failed',
      err: { message: 'no', stack: 'Error: no\n    at f' },
    });
    expect(renderLine('chat', line)).toBe('[chat] error failed\n[chat]       Error: no\n[chat]       at f');
  });

  it.each([
    'plain words',
    '',
    '{not json',
    '{"other":"json"}',
    '[1]',
    '{"level":30,"msg":"numbered"}',
    '{"level":"info","msg":1}',
  ])('passes %j through', (line) => {
    expect(renderLine('database', line)).toBe(`[database] ${line}`);
  });
});
