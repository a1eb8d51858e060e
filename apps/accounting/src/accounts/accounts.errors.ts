import { DomainError } from '@parley/platform';

export const AccountErrors = {
  notFound: () => new DomainError('notFound', 'account_not_found', 'There is no such account.'),
};
