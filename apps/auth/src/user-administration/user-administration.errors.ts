import { DomainError } from '@parley/platform';

export const UserAdministrationErrors = {
  ownAccount: () => new DomainError('forbidden', 'own_account', 'Nobody changes their own role or status.'),
  /** It was its owner's decision, and the way back is theirs too. */
  deactivated: () =>
    new DomainError('conflict', 'account_deactivated', 'Its owner has deactivated this account and can restore it.'),
  cursorInvalid: () =>
    new DomainError('invalid', 'cursor_invalid', 'The cursor is not one that this list has given out.'),
};
