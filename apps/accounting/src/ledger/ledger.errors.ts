import { DomainError } from '@parley/platform';

/** The refusals of the ledger as a whole. */
export const LedgerErrors = {
  accountFrozen: () =>
    new DomainError('locked', 'account_frozen', 'This account is frozen; an administrator has to look at it.'),
  entryNotFound: () => new DomainError('notFound', 'entry_not_found', 'There is no such entry.'),
};
