import { DomainError } from '@parley/platform';

export const AllocationErrors = {
  userNotFound: () => new DomainError('notFound', 'user_not_found', 'There is no such user.'),
  balanceLimit: () =>
    new DomainError(
      'unprocessable',
      'balance_limit',
      'The balance would grow beyond 9007199254740991 micro-credits, the most that an account can own.',
    ),
  idempotencyKeyInvalid: () =>
    new DomainError('invalid', 'idempotency_key_invalid', 'An Idempotency-Key is 1 to 255 visible ASCII characters.'),
  idempotencyMismatch: () =>
    new DomainError('conflict', 'idempotency_mismatch', 'This Idempotency-Key was used for another request.'),
};
