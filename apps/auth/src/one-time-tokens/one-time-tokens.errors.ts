import { DomainError } from '@parley/platform';

export const OneTimeTokenErrors = {
  /** Never issued, or issued for something else. */
  invalid: () => new DomainError('invalid', 'token_invalid', 'This link is not valid.'),
  expired: () => new DomainError('gone', 'token_expired', 'This link has expired. Ask for a new one.'),
  used: () => new DomainError('gone', 'token_used', 'This link has been used already, or a newer one took its place.'),
};
