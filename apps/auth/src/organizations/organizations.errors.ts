import { DomainError } from '@parley/platform';

const conflict = (code: string, detail: string) => new DomainError('conflict', code, detail);

export const OrganizationErrors = {
  lastOwner: () => conflict('last_owner', 'The organization needs an owner: make somebody else one first.'),
  memberNotFound: () => new DomainError('notFound', 'member_not_found', 'There is no such member.'),
  nameTaken: () => conflict('organization_name_taken', 'You have an organization of this name.'),
  tooMany: () => conflict('too_many_organizations', 'You have founded as many organizations as one may have.'),
  personal: () => conflict('personal_organization', 'A personal organization comes and goes with its user.'),
  hasCredits: () =>
    conflict('organization_has_credits', 'The pool is not empty, or answers that it pays for are still running.'),
  notActive: () => conflict('member_not_active', 'Only an active member can become the owner.'),
};
