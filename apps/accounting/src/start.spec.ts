import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '@parley/platform';
import type { Connection } from 'mongoose';
import { readAccountingConfig } from './config.js';
import { requireTransactions } from './database/transaction-support.js';

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

  it.each([
    ['true', true],
    ['exposed', true],
    ['false', false],
    ['0', false],
  ])('prices the offline model for SEED_DEMO=%s: %p', (SEED_DEMO, seedDemo) => {
    expect(readAccountingConfig({ ...environment, SEED_DEMO }).seedDemo).toBe(seedDemo);
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

describe('requireTransactions', () => {
  /** A connection whose every transaction ends with this error, as a standalone server's does. */
  const connectionThatFailsWith = (error: Error): Connection =>
    ({
      startSession: () =>
        Promise.resolve({ withTransaction: () => Promise.reject(error), endSession: () => Promise.resolve() }),
    }) as unknown as Connection;

  it('stops the service with a clear sentence on a standalone server', async () => {
    const message = 'Transaction numbers are only allowed on a replica set member or mongos';
    const error = Object.assign(new Error(message), { code: 20 });
    await expect(requireTransactions(connectionThatFailsWith(error))).rejects.toThrow(ConfigError);
  });

  it('passes every other failure on as it is', async () => {
    const error = new Error('no route to host');
    await expect(requireTransactions(connectionThatFailsWith(error))).rejects.toBe(error);
  });
});
