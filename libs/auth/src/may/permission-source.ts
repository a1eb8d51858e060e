import type { Grants } from '@parley/contracts';
import type { UserPrincipal } from '../who/principal.js';
import { allowedBy } from './allowance.js';
import type { PermissionCatalogue } from './permission-catalogue.js';
import { standingOf } from './standing.js';

/** Where the guard learns what a user may do right now. */
export abstract class PermissionSource {
  /** @param catalogue what this service asks for, and where it counts */
  constructor(readonly catalogue: PermissionCatalogue) {}

  /**
   * Of a user in an organisation of which they are no member the answer is that they have no membership, and no permissions.
   * @throws DomainError `authz_unavailable` (503) when that cannot be known: never "allowed", never "denied"
   */
  abstract grantsOf(user: UserPrincipal): Promise<Grants>;

  /** The answer about a user, where it is remembered: what `grantsOf` would say, without waiting. */
  recall(_user: UserPrincipal): Grants | undefined {
    return undefined;
  }

  /** Has the next question about a user answered anew, where answers are remembered. */
  forget(_user: UserPrincipal): void {}

  /** Whether a user may do something, for rules that depend on more than the route (their own things, or everybody's). */
  async allows(user: UserPrincipal, permission: string): Promise<boolean> {
    const grants = await this.grantsOf(user);
    if (standingOf(grants) !== 'good' || !this.catalogue.counts(permission, user.orgId)) return false;
    return allowedBy(grants, permission);
  }
}
