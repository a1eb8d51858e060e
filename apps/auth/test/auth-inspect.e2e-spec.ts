import { describe, expect, it, jest } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { runCommand } from './run-command.js';

jest.setTimeout(120_000);
const token = jwt.sign({ sub: 'usr_1', rid: 'user', exp: 1_000_000_000 }, 'any key', { noTimestamp: true });
const inspect = (args: string[], input?: string) => runCommand('auth-inspect', args, {}, input);

describe('npm run auth:inspect', () => {
  it('[auth A3, C3] needs neither a database nor a configuration, and takes the token from standard input too', async () => {
    const ends = await Promise.all([inspect([token]), inspect(['-'], `${token}\n`)]);
    for (const { code, stdout, stderr } of ends) {
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(
        /^Token expired \d+\.\d minutes ago\nUser ID: usr_1\nExpiration: 2001-09-09T01:46:40.000Z\n/,
      );
      expect(stdout).not.toContain(token.split('.')[2]);
    }
  });

  it('tells apart what it cannot read and how it is not called', async () => {
    const ends = await Promise.all([inspect(['garbage']), inspect([]), inspect([token, token])]);
    expect(ends.map(({ code, stdout }) => [code, stdout])).toEqual([
      [1, ''],
      [2, ''],
      [2, ''],
    ]);
    expect(ends[0].stderr).toBe('Failed to decode token: it has 1 parts instead of 3\n');
  });
});
