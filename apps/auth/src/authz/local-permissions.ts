import { Injectable } from '@nestjs/common';
import { AuthErrors, noMember, PermissionCatalogue, PermissionSource, type UserPrincipal } from '@parley/auth';
import type { Grants } from '@parley/contracts';
import { DomainError } from '@parley/platform';
import { AuthzService } from './authz.service.js';

/** Auth asks its own database at every request, so a change is in force at once. */
@Injectable()
export class LocalPermissions extends PermissionSource {
  constructor(
    private readonly authz: AuthzService,
    catalogue: PermissionCatalogue,
  ) {
    super(catalogue);
  }

  /** @throws DomainError `account_disabled` when the user is gone */
  async grantsOf({ userId, orgId }: UserPrincipal): Promise<Grants> {
    try {
      return await this.authz.grantsOf(userId, orgId);
    } catch (error) {
      // A token may outlive its user: then the account is what is wrong, not the address that was asked for.
      if (error instanceof DomainError && error.code === 'user_not_found') throw AuthErrors.accountDisabled();
      if (orgId !== null && error instanceof DomainError && error.code === 'organization_not_found')
        return noMember(userId, orgId);
      throw error;
    }
  }
}
