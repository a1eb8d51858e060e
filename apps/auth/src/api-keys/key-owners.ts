import { Injectable } from '@nestjs/common';
import { allowedBy, AuthErrors, contains, PermissionSource, standingOf, type UserPrincipal } from '@parley/auth';
import type { Grants } from '@parley/contracts';
import { ApiKeyErrors } from './api-keys.errors.js';

/** Decides who may see, make and revoke whose keys. */
@Injectable()
export class KeyOwners {
  constructor(private readonly permissions: PermissionSource) {}

  /**
   * What somebody may do where the keys are to count.
   * @param orgId undefined for their own keys
   * @param permission what an organisation's members need
   * @throws DomainError `organization_not_found`, `membership_inactive`, `organization_suspended`, `permission_denied`
   */
  async require(user: UserPrincipal, orgId: string | undefined, permission: string): Promise<Grants> {
    const grants = await this.permissions.grantsOf({ ...user, orgId: orgId ?? null });
    if (orgId === undefined) return grants;
    const standing = standingOf(grants);
    if (standing === 'no_member') throw AuthErrors.organizationNotFound();
    if (standing === 'organization_suspended') throw AuthErrors.organizationSuspended();
    if (standing !== 'good') throw AuthErrors.membershipInactive(grants.membership);
    if (!allowedBy(grants, permission)) throw AuthErrors.permissionDenied(permission);
    return grants;
  }

  /** Nobody gives to a key what they may not do themselves. @throws DomainError `scopes_exceed_rights` */
  requireContained({ permissions }: Grants, scopes: readonly string[]): void {
    const beyond = scopes.filter((scope) => !contains(permissions, scope));
    if (beyond.length > 0) throw ApiKeyErrors.scopesExceedRights(beyond);
  }
}
