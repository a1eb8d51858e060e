import { DomainError } from '@parley/platform';

/** The refusals of the ledger as a whole. Trouble of the database is never shown as a lack of credits. */
export const LedgerErrors = {
  busy: (cause?: unknown) =>
    new DomainError('unavailable', 'ledger_busy', 'Too many operations on this account at once; try again.', {
      retryAfterSeconds: 1,
      cause,
    }),
  invariant: (cause: unknown) =>
    new DomainError('internal', 'ledger_invariant', 'The ledger refused an operation that does not add up.', { cause }),
  accountFrozen: () =>
    new DomainError('locked', 'account_frozen', 'This account is frozen; an administrator has to look at it.'),
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
  entryNotFound: () => new DomainError('notFound', 'entry_not_found', 'There is no such entry.'),
  cursorInvalid: () =>
    new DomainError('invalid', 'cursor_invalid', 'The cursor is not one that this list has given out.'),
};
