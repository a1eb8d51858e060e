import { DomainError } from '@parley/platform';

export const UserErrors = {
  notFound: () => new DomainError('notFound', 'user_not_found', 'There is no such user.'),
};
