import { describe, expect, it } from '@jest/globals';
import type { ConfigError } from '@parley/platform';
import { readAccountingConfig } from './config.js';

const secret = 'kZ3v9Qw7Lr2Xn8Tb5Yd1Hs6Mf4Pc0GjEuAoVi';
const environment = { MONGODB_URI: 'mongodb://db.internal:27017', SERVICE_SECRET_ACCOUNTING: secret };
const production = { NODE_ENV: 'production', CORS_ORIGINS: 'https://chat.example.com' };
const faultsOf = (change: Record<string, string | undefined>): readonly string[] => {
  try {
    readAccountingConfig({ ...environment, ...change });
    return [];
  } catch (error) {
    return (error as ConfigError).faults;
  }
};

describe('readAccountingConfig', () => {
  it('needs the database and the secret, and has a default for everything else', () => {
    expect(readAccountingConfig(environment)).toMatchObject({
      http: { host: '127.0.0.1', port: 3001 },
      mongo: { database: 'parley_accounting' },
      seedDemo: false,
      whoPays: { chargeOnUpstreamError: false },
    });
  });

  it('lists all faults at once and repeats no value', () => {
    const faults = faultsOf({ MONGODB_URI: undefined, SERVICE_SECRET_ACCOUNTING: 'short', ACCOUNTING_PORT: '99999' });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual(
      expect.arrayContaining(['MONGODB_URI', 'SERVICE_SECRET_ACCOUNTING', 'ACCOUNTING_PORT']),
    );
    expect(faults.join()).not.toContain('short');
  });

  it.each([
    ['demo prices', { SEED_DEMO: 'true' }],
    ['a sample secret', { SERVICE_SECRET_ACCOUNTING: 'change-me-change-me-change-me-change-me' }],
    ['open origins', { CORS_ORIGINS: 'http://localhost:*' }],
    ['no secret', { SERVICE_SECRET_ACCOUNTING: undefined }],
  ])('refuses %s in production', (_name, change) => {
    expect(faultsOf({ ...production, ...change })).toHaveLength(1);
  });

  it('takes a proper production environment', () => {
    expect(faultsOf(production)).toEqual([]);
  });
});
