import { describe, expect, it } from '@jest/globals';
import { serviceEnvironment } from './environment.js';
import { readSettings, StartRefused } from './settings.js';

const secrets = { AUTH_KEK: 'kek', SERVICE_SECRET_CHAT: 'for-chat', SERVICE_SECRET_ACCOUNTING: 'for-accounting' };
const uri = 'mongodb://127.0.0.1:9999/';
const plan = (name: 'auth' | 'accounting' | 'chat', given: Record<string, string> = {}) =>
  serviceEnvironment(name, given, readSettings(given), secrets, uri);

describe('serviceEnvironment', () => {
  it('tells every service where the others and the database are', () => {
    expect(plan('chat')).toMatchObject({
      NODE_ENV: 'development',
      HOST: '127.0.0.1',
      SEED_DEMO: 'true',
      MONGODB_URI: uri,
      AUTH_PORT: '3000',
      ACCOUNTING_PORT: '3001',
      CHAT_PORT: '3002',
      AUTH_URL: 'http://127.0.0.1:3000',
      ACCOUNTING_URL: 'http://127.0.0.1:3001',
      CHAT_URL: 'http://127.0.0.1:3002',
    });
  });

  it('derives the addresses from other ports', () => {
    expect(plan('auth', { CHAT_PORT: '4002' })).toMatchObject({ CHAT_PORT: '4002', CHAT_URL: 'http://127.0.0.1:4002' });
  });

  it.each([
    ['0.0.0.0', 'http://127.0.0.1:3000'],
    ['::1', 'http://[::1]:3000'],
    ['192.168.1.5', 'http://192.168.1.5:3000'],
  ])('finds a service that listens on %s under %s', (HOST, url) => {
    expect(plan('chat', { HOST, SEED_DEMO: 'exposed' }).AUTH_URL).toBe(url);
  });

  it('tells only auth which kind of demo it is', () => {
    const seeds = (SEED_DEMO: string) => [
      plan('auth', { SEED_DEMO }).SEED_DEMO,
      plan('accounting', { SEED_DEMO }).SEED_DEMO,
    ];
    expect(seeds('exposed')).toEqual(['exposed', 'true']);
    expect(seeds('true')).toEqual(['true', 'true']);
    expect(seeds('0')).toEqual(['0', 'false']);
  });

  it('lets what is given win, and takes an empty value for none', () => {
    const given = {
      SEED_DEMO: 'false',
      AUTH_KEK: 'given',
      AUTH_URL: 'http://auth.test',
      NODE_ENV: '',
      LOG_LEVEL: 'debug',
    };
    expect(plan('auth', given)).toMatchObject({
      SEED_DEMO: 'false',
      AUTH_KEK: 'given',
      AUTH_URL: 'http://auth.test',
      NODE_ENV: 'development',
      LOG_LEVEL: 'debug',
    });
  });

  it('gives each service only the secrets that it uses', () => {
    const kept = (name: 'auth' | 'accounting' | 'chat') =>
      Object.keys(plan(name, { AUTH_KEK: 'given' }))
        .filter((key) => key in secrets)
        .sort();
    expect(kept('auth')).toEqual(['AUTH_KEK', 'SERVICE_SECRET_ACCOUNTING', 'SERVICE_SECRET_CHAT']);
    expect(kept('accounting')).toEqual(['SERVICE_SECRET_ACCOUNTING']);
    expect(kept('chat')).toEqual(['SERVICE_SECRET_CHAT']);
  });
});

describe('readSettings', () => {
  it('refuses production and points to docker-compose', () => {
    expect(() => readSettings({ NODE_ENV: 'production' })).toThrow(/docker-compose/);
  });

  it.each(['0', '70000', 'http', '30.5'])('refuses the port %s', (CHAT_PORT) => {
    expect(() => readSettings({ CHAT_PORT })).toThrow('CHAT_PORT must be a port between 1 and 65535.');
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', 'parley.test'])(
    '[attack 112] refuses published passwords on %s, and takes the other ways',
    (HOST) => {
      expect(() => readSettings({ HOST })).toThrow(/SEED_DEMO=exposed makes random passwords/);
      expect(() => readSettings({ HOST, SEED_DEMO: 'true' })).toThrow(StartRefused);
      expect(readSettings({ HOST, SEED_DEMO: 'exposed' }).demo).toBe('exposed');
      expect(readSettings({ HOST, SEED_DEMO: 'false' }).demo).toBe('off');
    },
  );

  it.each([{}, { HOST: 'localhost' }, { HOST: '::1' }, { OPENAI_API_KEY: 'sk-of-a-developer' }])(
    '[attack 112] takes published passwords on this machine: %j',
    (given) => expect(readSettings(given).demo).toBe('published'),
  );

  it('refuses a kind of demo that it does not know', () => {
    expect(() => readSettings({ SEED_DEMO: 'maybe' })).toThrow('SEED_DEMO must be true, false or exposed.');
  });

  it('has a port for the embedded database only when one is given', () => {
    expect(readSettings({ DATABASE_PORT: '' }).databasePort).toBeUndefined();
    expect(readSettings({ DATABASE_PORT: '27017' }).databasePort).toBe(27017);
    expect(() => readSettings({ DATABASE_PORT: '0' })).toThrow('DATABASE_PORT must be a port between 1 and 65535.');
  });
});
