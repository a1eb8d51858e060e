import { DomainError } from '@parley/platform';

export const SignupErrors = {
  closed: () => new DomainError('forbidden', 'signup_closed', 'New accounts cannot be made here.'),
  invited: () => new DomainError('forbidden', 'signup_by_invitation', 'New accounts are made by invitation.'),
};
