import { DomainError } from '@parley/platform';

/** How a transaction that was not committed is answered. Trouble of the database is never shown as a lack of credits. */
export const TransactionErrors = {
  busy: (cause?: unknown) =>
    new DomainError('unavailable', 'ledger_busy', 'Too many operations on this account at once; try again.', {
      retryAfterSeconds: 1,
      cause,
    }),
  invariant: (cause: unknown) =>
    new DomainError('internal', 'ledger_invariant', 'The ledger refused an operation that does not add up.', { cause }),
};
