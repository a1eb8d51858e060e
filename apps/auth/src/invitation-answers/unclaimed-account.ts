import type { User } from '../users/user.schema.js';

/**
 * Whether an account was asked for by somebody who has not shown that the address is theirs, and never used. Whoever holds a token
 * that was mailed to the address has shown it, and gets the account as they want it.
 */
export const isUnclaimed = ({ email_verified, last_signed_in_at, platform_role, status }: User): boolean =>
  !email_verified && last_signed_in_at === undefined && platform_role === 'user' && status === 'active';
