import { describe, expect, it } from '@jest/globals';
import { ConfigError, type Environment } from '@parley/platform';
import { readAuthConfig } from './config.js';

const random = (letter: string) => `${letter}f3c88c57a1e9b1e09d4cbb1bc1f7d4e7`;
const good = {
  MONGODB_URI: 'mongodb://127.0.0.1',
  AUTH_KEK: random('a'),
  SERVICE_SECRET_CHAT: random('b'),
  SERVICE_SECRET_ACCOUNTING: random('c'),
};
const mail = { MAIL_MODE: 'smtp', SMTP_URL: 'smtp://mail.example.org' };
const production = { ...good, ...mail, NODE_ENV: 'production', CORS_ORIGINS: 'https://app.example.org' };
/** The names of the variables that are refused. */
const refusedOf = (environment: Environment): string[] => {
  try {
    readAuthConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map((fault) => fault.split(':')[0]!).sort();
  }
  return [];
};

describe('readAuthConfig', () => {
  it('groups what it reads', () => {
    expect(readAuthConfig({ ...good, JWT_EXPIRE_MINUTES: '60', DATABASE_PREFIX: 'acme', SEED_DEMO: 'true' })).toEqual({
      logLevel: 'info',
      http: {
        host: '127.0.0.1',
        port: 3000,
        corsOrigins: ['http://localhost:*'],
        trustedProxies: [],
        metrics: 'open',
        apiDocs: true,
        debugHeaders: true,
        servedHosts: ['localhost', 'localhost', 'localhost'],
      },
      mongo: { uri: 'mongodb://127.0.0.1', database: 'acme_auth' },
      accessTokens: { lifeSeconds: 3_600 },
      refreshTokens: { idleSeconds: 1_209_600, absoluteSeconds: 2_592_000 },
      webOrigins: expect.any(Array),
      passwords: { minLength: 12 },
      secondFactors: {
        requiredOfAdmins: false,
        relyingParty: { id: 'localhost', origins: ['http://localhost:8080'] },
      },
      signup: 'open',
      identityProviders: {
        providers: [],
        publicUrl: 'http://localhost:3000',
        webUrl: 'http://localhost:8080',
        returnPaths: ['/'],
        signupIsOpen: true,
      },
      audit: { retentionDays: 365 },
      keys: { encryptionSecret: good.AUTH_KEK },
      mail: { smtp: undefined, templatesDirectory: undefined, webUrl: 'http://localhost:8080' },
      serviceSecrets: { chat: good.SERVICE_SECRET_CHAT, accounting: good.SERVICE_SECRET_ACCOUNTING },
      visitors: { isOn: false, allowanceUcr: 0, dailyUcr: 0 },
      services: { chat: 'http://localhost:3002', accounting: 'http://localhost:3001' },
      demo: 'published',
    });
  });

  it.each([
    [undefined, 15],
    ['high', 15],
    ['medium', 60],
    ['low', 480],
    ['1', 1],
    ['1440', 1_440],
  ])('[auth C8, A9] takes %s as the life of access tokens: %d minutes', (JWT_EXPIRE_MINUTES, minutes) => {
    const given = JWT_EXPIRE_MINUTES === undefined ? good : { ...good, JWT_EXPIRE_MINUTES };
    expect(readAuthConfig(given).accessTokens.lifeSeconds).toBe(minutes * 60);
  });

  it('[attack 106] names every variable that is missing', () => {
    expect(refusedOf({})).toEqual(Object.keys(good).sort((a, b) => a.localeCompare(b)));
  });

  it.each<Record<string, string>>([
    { JWT_EXPIRE_MINUTES: '0' },
    { JWT_EXPIRE_MINUTES: '1441' },
    { JWT_EXPIRE_MINUTES: '1.5' },
    { JWT_EXPIRE_MINUTES: 'forever' },
    { PASSWORD_MIN_LENGTH: '7' },
    { PASSWORD_MIN_LENGTH: '65' },
    { AUDIT_RETENTION_DAYS: '0' },
    { AUDIT_RETENTION_DAYS: 'forever' },
    { ANONYMOUS: 'yes' },
    { ANONYMOUS_ALLOWANCE_DAILY_UCR: 'much', ANONYMOUS_ALLOWANCE_UCR: '-1' },
    { AUTH_KEK: 'short' },
    { TRUSTED_PROXIES: 'true' },
    { AUTH_PORT: '70000' },
    { SEED_DEMO: 'maybe' },
    { SEED_DEMO: 'EXPOSED' },
  ])('[attack 106] refuses %j', (change) => {
    expect(refusedOf({ ...good, ...change })).toEqual(Object.keys(change));
  });

  it('refuses an allowance without a bound for the day, or with one below it', () => {
    for (const daily of [{}, { ANONYMOUS_ALLOWANCE_DAILY_UCR: '9' }])
      expect(refusedOf({ ...good, ANONYMOUS_ALLOWANCE_UCR: '10', ...daily })).toEqual([
        'ANONYMOUS_ALLOWANCE_DAILY_UCR',
      ]);
    expect(refusedOf({ ...good, ANONYMOUS_ALLOWANCE_UCR: '10', ANONYMOUS_ALLOWANCE_DAILY_UCR: '10' })).toEqual([]);
  });

  describe('of a demo', () => {
    const demo = { ...good, SEED_DEMO: 'true' };
    const inCompose = { HOST: '0.0.0.0', PUBLISHED_HOST: '127.0.0.1' };

    it.each([
      {},
      { HOST: 'localhost' },
      { HOST: '127.1.2.3' },
      { HOST: '::1' },
      { HOST: '::ffff:127.0.0.1' },
      inCompose,
      { ...inCompose, PUBLISHED_HOST: '[::1]' },
    ])('[attack 112] takes published passwords where only this machine gets: %j', (change) => {
      expect(readAuthConfig({ ...demo, ...change }).demo).toBe('published');
    });

    it.each([
      { HOST: '0.0.0.0' },
      { HOST: '::' },
      { HOST: '192.168.1.5' },
      { HOST: '127.evil.example' },
      { HOST: 'localhost.example.org' },
      { HOST: '127.0.0.1', PUBLISHED_HOST: '0.0.0.0' },
      { ...inCompose, PUBLISHED_HOST: '203.0.113.7' },
    ])('[attack 112] refuses them where others get: %j', (change) => {
      expect(refusedOf({ ...demo, ...change })).toEqual(['SEED_DEMO']);
      expect(refusedOf({ ...demo, SEED_DEMO: '1', ...change })).toEqual(['SEED_DEMO']);
      expect(readAuthConfig({ ...demo, ...change, SEED_DEMO: 'exposed' }).demo).toBe('exposed');
      expect(readAuthConfig({ ...demo, ...change, SEED_DEMO: 'false' }).demo).toBe('off');
    });

    it('[attack 112] says what to do about it, together with the other faults', () => {
      const faulty = { SEED_DEMO: 'true', HOST: '0.0.0.0', JWT_EXPIRE_MINUTES: '0' };
      expect(() => readAuthConfig(faulty)).toThrow(
        /SEED_DEMO: its passwords are published, and 0\.0\.0\.0 is reached by others; SEED_DEMO=exposed/,
      );
      expect(refusedOf(faulty)).toEqual(expect.arrayContaining(['JWT_EXPIRE_MINUTES', 'MONGODB_URI', 'SEED_DEMO']));
    });
  });

  describe('in production', () => {
    it('[attack 111] refuses every kind of demo', () => {
      for (const SEED_DEMO of ['true', '1', 'exposed']) {
        expect(refusedOf({ ...production, SEED_DEMO })).toEqual(['SEED_DEMO']);
      }
    });

    it('takes real secrets and exact origins', () => expect(refusedOf(production)).toEqual([]));

    it('[attack 106] refuses demo users, sample secrets and open origins', () => {
      const samples = {
        SEED_DEMO: 'true',
        AUTH_KEK: 'change-me-change-me-change-me-change-me',
        SERVICE_SECRET_CHAT: 'x'.repeat(40),
        SERVICE_SECRET_ACCOUNTING: 'sample-secret-of-the-accounting-service',
        CORS_ORIGINS: 'https://app.example.org,*',
        MAIL_MODE: 'dev',
      };
      expect(refusedOf({ ...production, ...samples })).toEqual(Object.keys(samples).sort());
      expect(refusedOf({ ...good, ...samples })).toEqual([]);
    });

    it('refuses the origins of development when none are given', () => {
      expect(refusedOf({ ...production, CORS_ORIGINS: undefined })).toEqual(['CORS_ORIGINS']);
    });

    it('tells these faults together with the others', () => {
      expect(refusedOf({ NODE_ENV: 'production', SEED_DEMO: 'true', JWT_EXPIRE_MINUTES: '0' })).toEqual([
        'AUTH_KEK',
        'CORS_ORIGINS',
        'JWT_EXPIRE_MINUTES',
        'MAIL_MODE',
        'MONGODB_URI',
        'SEED_DEMO',
        'SERVICE_SECRET_ACCOUNTING',
        'SERVICE_SECRET_CHAT',
      ]);
    });
  });
});
