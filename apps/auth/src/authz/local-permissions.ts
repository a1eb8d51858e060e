import { Injectable } from '@nestjs/common';
import { AuthErrors, PermissionSource, type UserPrincipal } from '@parley/auth';
import type { Grants } from '@parley/contracts';
import { UsersService } from '../users/users.service.js';
import { AuthzService } from './authz.service.js';

/** Auth asks its own database at every request, so a change is in force at once. */
@Injectable()
export class LocalPermissions extends PermissionSource {
  constructor(
    private readonly users: UsersService,
    private readonly authz: AuthzService,
  ) {
    super();
  }

  /** @throws DomainError `account_disabled` when the user is gone */
  async grantsOf({ userId, orgId }: UserPrincipal): Promise<Grants> {
    const user = await this.users.find(userId);
    if (!user) throw AuthErrors.accountDisabled();
    return this.authz.grantsOf(user, orgId);
  }
}
