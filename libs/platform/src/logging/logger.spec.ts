import { describe, expect, it } from '@jest/globals';
import { captureLogs } from '@parley/testing';
import { NestLogger } from './logger.js';

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
