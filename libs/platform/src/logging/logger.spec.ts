import { describe, expect, it } from '@jest/globals';
import { captureLogs } from '@parley/testing';
import { DomainError } from '../errors/domain-error.js';
import { createLogger, NestLogger } from './logger.js';

describe('the log', () => {
  it('is one JSON line an event, with the service, the time and the level in words', () => {
    const { logger, lines } = captureLogs('auth');
    logger.info({ user_id: 'usr_1' }, 'signed in');
    expect(lines).toEqual([
      { level: 'info', time: expect.stringMatching(/Z$/), service: 'auth', user_id: 'usr_1', msg: 'signed in' },
    ]);
  });

  it('drops secrets by their names, wherever they stand', () => {
    const logs = captureLogs();
    const { logger } = logs;
    const secrets = { authorization: 'Bearer hidden', cookie: 'hidden', password: 'hidden', access_token: 'hidden' };
    const more = {
      token: 'hidden',
      refresh_token: 'hidden',
      ticket: 'hidden',
      client_secret: 'hidden',
      'set-cookie': 'hidden',
    };
    logger.warn({ ...secrets, ...more, kept: 1 }, 'top');
    logger.warn({ body: { ...secrets, ...more, kept: 2 } }, 'nested');
    logger.warn({ request: { headers: { ...secrets, ...more, kept: 3 } } }, 'deeper');
    expect(logs.text()).not.toContain('hidden');
    expect(logs.text().match(/"kept":/g)).toHaveLength(3);
  });

  it.each([
    ['C0 controls', '\u0000\u0007\b\t\n\r\u001b[2J\u001f'],
    ['DEL and C1 controls', '\u007f\u0080\u009b2J\u009f'],
    ['marks of direction', '\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069'],
    ['line separators', '\u0085\u2028\u2029\ufeff'],
  ])('[attack 120] escapes %s wherever they come from, and says the same', (_, text) => {
    let written = '';
    const logger = createLogger('test', 'trace', { write: (line) => void (written += line) });
    logger.info({ path: text, [text]: 1, deep: { ids: [text] }, err: new Error(text) }, text);
    expect(written.endsWith('\n')).toBe(true);
    expect(written.trimEnd()).toMatch(/^[\u0020-\u007e]+$/);
    expect(JSON.parse(written)).toMatchObject({ path: text, [text]: 1, deep: { ids: [text] }, msg: text });
  });

  it('says of an outage what is away and why, without stacks; of everything else where it happened', () => {
    const { logger, lines } = captureLogs('test');
    const cause = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
    logger.warn({ err: new DomainError('unavailable', 'auth_unavailable', 'Auth is away.', { cause }) }, 'no answer');
    logger.warn({ err: cause }, 'a fault');
    expect(lines.map(({ err }) => err)).toEqual([
      { type: 'DomainError', message: 'Auth is away.: fetch failed: connect ECONNREFUSED', code: 'auth_unavailable' },
      expect.objectContaining({ stack: expect.stringContaining('logger.spec') }),
    ]);
  });

  it('takes in what Nest says, its chatter for debug', () => {
    const { logger, lines } = captureLogs();
    const nest = new NestLogger(logger);
    nest.log('starting', 'Factory');
    nest.warn('odd', 'Router');
    nest.error(new Error('broken'), 'Handler');
    expect(lines.map(({ level, msg, context }) => [level, msg, context])).toEqual([
      ['debug', 'starting', 'Factory'],
      ['warn', 'odd', 'Router'],
      ['error', 'Error: broken', 'Handler'],
    ]);
  });
});
