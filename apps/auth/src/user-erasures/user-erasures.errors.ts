import { DomainError } from '@parley/platform';

export const UserErasureErrors = {
  ownAccount: () => new DomainError('forbidden', 'own_account', 'Nobody erases their own account.'),
};
