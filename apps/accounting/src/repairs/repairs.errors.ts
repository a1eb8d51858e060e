import { DomainError } from '@parley/platform';
import type { Drift } from '../audit/drift.js';

const maxShown = 50;

export const RepairErrors = {
  notFrozen: () => new DomainError('conflict', 'account_not_frozen', 'Only an account that is frozen is put right.'),
  booksBroken: (drift: readonly Drift[]) =>
    new DomainError(
      'conflict',
      'books_broken',
      'The entries and holds of this account do not add up themselves, so nothing can be taken from them.',
      { facts: { drift: drift.slice(0, maxShown) } },
    ),
};
