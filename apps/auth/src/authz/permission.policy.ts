import type { PlatformRole } from '../users/user.schema.js';

/** What each role may do outside of any organisation: `resource:action`, with `*` for anything. */
export const permissionsOf: Readonly<Record<PlatformRole, readonly string[]>> = {
  platform_admin: ['*:*'],
  user: ['chat:*', 'models:read', 'credits:estimate', 'ws:connect'],
};
