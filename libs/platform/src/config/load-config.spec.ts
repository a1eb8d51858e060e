import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ConfigError, env, type Environment, loadConfig, platformEnvironment, sampleSecret } from './load-config.js';

const schema = z.object({ ...platformEnvironment, PORT: env.port(3000), SECRET: env.secret(), DEMO: env.flag(false) });
const good = { MONGODB_URI: 'mongodb://127.0.0.1', SECRET: 's'.repeat(32) };
const faultsOf = (environment: Environment): readonly string[] => {
  try {
    loadConfig(schema, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
  }
  return [];
};

describe('loadConfig', () => {
  it('fills in the defaults, and an empty string counts as not set', () => {
    expect(loadConfig(schema, { ...good, PORT: '', HOST: '' })).toMatchObject({
      PORT: 3000,
      HOST: '127.0.0.1',
      DEMO: false,
      CORS_ORIGINS: ['http://localhost:*'],
      TRUSTED_PROXIES: [],
    });
  });

  it('reads numbers, flags, lists and addresses', () => {
    const given = {
      PORT: '8080',
      DEMO: '1',
      CORS_ORIGINS: ' https://a.test , ,https://b.test',
      AUTH_URL: 'http://auth:3000//',
    };
    expect(loadConfig(schema, { ...good, ...given })).toMatchObject({
      PORT: 8080,
      DEMO: true,
      CORS_ORIGINS: ['https://a.test', 'https://b.test'],
      AUTH_URL: 'http://auth:3000',
    });
  });

  it('lists all faults at once and repeats no value', () => {
    const bad = { PORT: '99999', DEMO: 'maybe', SECRET: 'too-short', AUTH_URL: 'ftp://auth', DATABASE_PREFIX: 'A b' };
    const faults = faultsOf(bad);
    const names = ['MONGODB_URI', 'PORT', 'DEMO', 'SECRET', 'AUTH_URL', 'DATABASE_PREFIX'];
    expect(faults).toHaveLength(names.length);
    for (const name of names) expect(faults.some((fault) => fault.startsWith(`${name}: `))).toBe(true);
    expect(faults.join()).not.toContain('too-short');
  });

  it.each([
    'true',
    '1',
    '*',
    'proxy.example',
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '10.0.0',
  ])('[attack 106] refuses to trust the proxies %s', (TRUSTED_PROXIES) => {
    expect(() => loadConfig(schema, { ...good, TRUSTED_PROXIES })).toThrow(/TRUSTED_PROXIES/);
  });

  it('takes addresses and networks of proxies, and the names of private ones', () => {
    const all = ['10.0.0.7', '10.0.0.0/8', '::1', '2001:db8::/32', 'loopback', 'uniquelocal', '::ffff:10.0.0.7'];
    expect(loadConfig(schema, { ...good, TRUSTED_PROXIES: all.join(',') })).toMatchObject({ TRUSTED_PROXIES: all });
  });

  it.each(['-1', '80.5', 'http', '0x1f90x'])('refuses the port %s', (PORT) => {
    expect(faultsOf({ ...good, PORT })).toHaveLength(1);
  });
});

describe('sampleSecret', () => {
  it.each(['change-me-change-me-change-me-change-me', 'SAMPLE-secret', 'your-secret-here', 'x'.repeat(40)])(
    'knows %s',
    (secret) => expect(sampleSecret.test(secret)).toBe(true),
  );

  it('takes a random one', () => {
    expect(sampleSecret.test('f3c88c57a1e9b1e09d4cbb1bc1f7d4e7')).toBe(false);
  });
});
