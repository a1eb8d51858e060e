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
  cursorInvalid: () =>
    new DomainError('invalid', 'cursor_invalid', 'The cursor is not one that this list has given out.'),
};
