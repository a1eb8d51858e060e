import { DomainError } from '@parley/platform';

export const UserErrors = {
  notFound: () => new DomainError('notFound', 'user_not_found', 'There is no such user.'),
  lastAdministrator: () =>
    new DomainError('conflict', 'last_administrator', 'The installation needs an active administrator.'),
};
