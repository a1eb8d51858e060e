import { DomainError } from '@parley/platform';

export const BookingErrors = {
  balanceLimit: () =>
    new DomainError(
      'unprocessable',
      'balance_limit',
      'The balance would grow beyond 9007199254740991 micro-credits, the most that an account can own.',
    ),
  idempotencyMismatch: () =>
    new DomainError('conflict', 'idempotency_mismatch', 'This Idempotency-Key was used for another request.'),
  alreadyUsed: () =>
    new DomainError('unprocessable', 'account_already_used', 'An opening balance can only be the first entry.'),
};
