import type { PlatformRole } from '../users/user.schema.js';

const everybody = ['chat:*', 'models:read', 'credits:estimate', 'ws:connect'] as const;

/** What a visitor may do: talk, and see what with. Their own balance is everybody's to see. */
export const visitorPermissions: readonly string[] = ['chat:read', 'chat:write', 'chat:stream', 'models:read'];

/** What each role may do outside of any organisation: `resource:action`, with `*` for anything. */
export const permissionsOf: Readonly<Record<PlatformRole, readonly string[]>> = {
  platform_admin: ['*:*'],
  /** Reads all books and what was done to accounts, and changes none of it. */
  auditor: [...everybody, 'ledger:audit', 'credits:read', 'audit:read'],
  /** Finds users and lets them in again. */
  support: [...everybody, 'users:read', 'users:unlock'],
  user: everybody,
};
