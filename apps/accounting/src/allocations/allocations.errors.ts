import { DomainError } from '@parley/platform';

export const AllocationErrors = {
  userNotFound: () => new DomainError('notFound', 'user_not_found', 'There is no such user.'),
  balanceLimit: () =>
    new DomainError(
      'unprocessable',
      'balance_limit',
      'The balance would grow beyond 9007199254740991 micro-credits, the most that an account can own.',
    ),
  idempotencyMismatch: () =>
    new DomainError('conflict', 'idempotency_mismatch', 'This Idempotency-Key was used for another request.'),
};
