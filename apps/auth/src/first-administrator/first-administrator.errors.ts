import { DomainError } from '@parley/platform';

export const FirstAdministratorErrors = {
  exists: () =>
    new DomainError(
      'conflict',
      'administrator_exists',
      'There is an administrator already; --again makes another one.',
    ),
  emailTaken: () =>
    new DomainError(
      'conflict',
      'email_taken',
      'There is a user with this address; --promote makes them an administrator.',
    ),
  notActive: () =>
    new DomainError(
      'conflict',
      'account_disabled',
      'The account with this address is not active; let it in again first.',
    ),
};
