import { DomainError } from '@parley/platform';

export const AllocationErrors = {
  userNotFound: () => new DomainError('notFound', 'user_not_found', 'There is no such user.'),
  expiresInThePast: () =>
    new DomainError('unprocessable', 'expires_in_the_past', 'The end of what is given has to lie ahead.'),
  organizationNotFound: () => new DomainError('notFound', 'organization_not_found', 'There is no such organisation.'),
};
