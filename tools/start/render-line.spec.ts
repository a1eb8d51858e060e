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

  const controls = '\u001b[2J\u0007\r\u007f\u009b2J\u202e\u2028\u2066\ufeff';
  const shown = '\\u001b[2J\\u0007\\u000d\\u007f\\u009b2J\\u202e\\u2028\\u2066\\ufeff';

  it.each([
    ['a message', { msg: controls }, `[chat] info  ${shown}`],
    ['a value', { path: `/${controls}` }, `path=`],
    ['a name', { [controls]: 1 }, `${shown}=1`],
    ['an error', { err: { stack: `Error: ${controls}!\n    at f` } }, `      Error: ${shown}!\n[chat]       at f`],
    ['something thrown', { err: { code: controls } }, '"code":"'],
  ])('[attack 120] shows the control characters of %s, and obeys none', (_, members, expected) => {
    const text = renderLine('chat', JSON.stringify({ level: 'info', ...members }));
    expect(text).toContain(expected);
    expect(text.replaceAll('\n', '')).toMatch(/^[\u0020-\u007e]+$/);
  });

  it('[attack 120] makes one line of a message with line breaks, so that it cannot pass for several', () => {
    const text = renderLine('chat', JSON.stringify({ level: 'info', msg: 'a\n[auth] info  signed in\r\n' }));
    expect(text).toBe('[chat] info  a\\u000a[auth] info  signed in\\u000d\\u000a');
  });

  it('[attack 120] shows the control characters of a line that is not of a log', () => {
    expect(renderLine('database', controls)).toBe(`[database] ${shown}`);
  });
});
