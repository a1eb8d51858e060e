import { describe, expect, it } from '@jest/globals';
import { toDomainError } from '@parley/platform';
import { MongoNetworkError, MongoOperationTimeoutError, MongoServerError } from 'mongodb';
import { toLedgerError } from './ledger-transactions.js';

describe('trouble of the database', () => {
  const rendered = (error: unknown) => {
    const { status, code, extras } = toDomainError(toLedgerError(error));
    return [status, code, extras.retryAfterSeconds !== undefined];
  };
  const labelled = (error: MongoNetworkError | MongoServerError) => {
    error.addErrorLabel('TransientTransactionError');
    return error;
  };

  it.each([
    ['conflicts that did not end in time', new MongoOperationTimeoutError('too late'), [503, 'ledger_busy', true]],
    ['a conflict', new MongoServerError({ message: 'WriteConflict', code: 112 }), [503, 'ledger_busy', true]],
    ['a transient error', labelled(new MongoServerError({ message: 'x', code: 251 })), [503, 'ledger_busy', true]],
    ['a lost connection', labelled(new MongoNetworkError('closed')), [503, 'store_unavailable', true]],
    ['a broken pipe', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }), [503, 'store_unavailable', true]],
    [
      'a document that the validator refuses',
      new MongoServerError({ message: 'Document failed validation', code: 121 }),
      [500, 'ledger_invariant', false],
    ],
    ['a bug', new TypeError('x'), [500, 'internal_error', false]],
  ])('shows %s as what it is, never as a lack of credits', (_name, error, expected) => {
    expect(rendered(error)).toEqual(expected);
  });
});
