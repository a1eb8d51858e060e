import type { Grants } from '@parley/contracts';
import { covers } from './permission.js';

/** Whether what somebody was granted covers a permission; of an API key its scopes must cover it too. */
export const allowedBy = ({ permissions, scopes }: Grants, permission: string): boolean =>
  permissions.some((pattern) => covers(pattern, permission)) &&
  (scopes === null || scopes.some((pattern) => covers(pattern, permission)));
