import type { Grants } from '@parley/contracts';
import type { UserPrincipal } from './principal.js';

/** Where the guard learns what a user may do right now. */
export abstract class PermissionSource {
  /** @throws DomainError `auth_unavailable` (503) when that cannot be known: never "allowed", never "denied" */
  abstract grantsOf(user: UserPrincipal): Promise<Grants>;
}
