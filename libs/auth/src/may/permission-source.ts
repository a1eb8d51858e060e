import type { Grants } from '@parley/contracts';
import type { UserPrincipal } from '../who/principal.js';
import { covers } from './permission.js';

/** Where the guard learns what a user may do right now. */
export abstract class PermissionSource {
  /** @throws DomainError `authz_unavailable` (503) when that cannot be known: never "allowed", never "denied" */
  abstract grantsOf(user: UserPrincipal): Promise<Grants>;

  /** Has the next question about a user answered anew, where answers are remembered. */
  forget(_user: UserPrincipal): void {}

  /** Whether a user may do something, for rules that depend on more than the route (their own things, or everybody's). */
  async allows(user: UserPrincipal, permission: string): Promise<boolean> {
    const { status, permissions } = await this.grantsOf(user);
    return status === 'active' && permissions.some((pattern) => covers(pattern, permission));
  }
}
