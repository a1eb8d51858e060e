import { describe, expect, it } from '@jest/globals';
import { ConfigError } from '@parley/platform';
import type { Connection } from 'mongoose';
import { requireTransactions } from './transaction-support.js';

/** A connection whose every transaction ends with this error, as a standalone server's does. */
const connectionThatFailsWith = (error: Error): Connection =>
  ({
    startSession: () =>
      Promise.resolve({ withTransaction: () => Promise.reject(error), endSession: () => Promise.resolve() }),
  }) as unknown as Connection;

describe('requireTransactions', () => {
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
