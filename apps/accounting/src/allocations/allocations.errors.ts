import { DomainError } from '@parley/platform';

export const AllocationErrors = {
  userNotFound: () => new DomainError('notFound', 'user_not_found', 'There is no such user.'),
  organizationNotFound: () => new DomainError('notFound', 'organization_not_found', 'There is no such organisation.'),
};
