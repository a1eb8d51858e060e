import { DomainError } from '@parley/platform';

export const AuthzErrors = {
  /** An organisation that is not there and one where the user is no member look the same. */
  organizationNotFound: () => new DomainError('notFound', 'organization_not_found', 'There is no such organization.'),
};
