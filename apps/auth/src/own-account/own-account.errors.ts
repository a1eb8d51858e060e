import { DomainError } from '@parley/platform';

export const OwnAccountErrors = {
  emailTaken: () => new DomainError('conflict', 'email_taken', 'This address has an account of its own.'),
  notDeactivated: () => new DomainError('conflict', 'account_not_deactivated', 'This account is not deactivated.'),
};
