import type { TokenPurpose } from './one-time-token.schema.js';

const minute = 60_000;
const hour = 60 * minute;

/** How long a token lives, in milliseconds. */
export const tokenLifeMs: Readonly<Record<TokenPurpose, number>> = {
  verify_email: 24 * hour,
  reset_password: 30 * minute,
  change_email: hour,
  undo_email_change: 72 * hour,
  restore_account: 30 * 24 * hour,
  unlock: 30 * minute,
};
