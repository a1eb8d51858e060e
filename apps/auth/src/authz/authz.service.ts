import { Injectable } from '@nestjs/common';
import type { Grants } from '@parley/contracts';
import { UsersService } from '../users/users.service.js';
import { AuthzErrors } from './authz.errors.js';
import { permissionsOf } from './permission.policy.js';

/** Decides what a user may do right now. */
@Injectable()
export class AuthzService {
  constructor(private readonly users: UsersService) {}

  /**
   * @param orgId the organisation, or null outside of any
   * @throws DomainError `user_not_found`, or `organization_not_found` when the user is not a member of it
   */
  async grantsOf(userId: string, orgId: string | null): Promise<Grants> {
    const { status, platform_role: role } = await this.users.get(userId);
    if (orgId !== null) throw AuthzErrors.organizationNotFound();
    return { user_id: userId, org_id: null, status, role, permissions: [...permissionsOf[role]] };
  }
}
