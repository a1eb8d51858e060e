import { Injectable } from '@nestjs/common';
import { AuthErrors, PermissionSource, type UserPrincipal } from '@parley/auth';
import type { Grants } from '@parley/contracts';
import { DomainError } from '@parley/platform';
import { AuthzService } from './authz.service.js';

/** Auth asks its own database at every request, so a change is in force at once. */
@Injectable()
export class LocalPermissions extends PermissionSource {
  constructor(private readonly authz: AuthzService) {
    super();
  }

  /** @throws DomainError `account_disabled` when the user is gone; `organization_not_found` when they are no longer a member */
  async grantsOf({ userId, orgId }: UserPrincipal): Promise<Grants> {
    try {
      return await this.authz.grantsOf(userId, orgId);
    } catch (error) {
      // A token may outlive its user: then the account is what is wrong, not the address that was asked for.
      if (error instanceof DomainError && error.code === 'user_not_found') throw AuthErrors.accountDisabled();
      throw error;
    }
  }
}
