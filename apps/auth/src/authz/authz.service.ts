import { Injectable } from '@nestjs/common';
import type { Grants } from '@parley/contracts';
import type { User } from '../users/user.schema.js';
import { AuthzErrors } from './authz.errors.js';
import { permissionsOf } from './permission.policy.js';

/** Decides what a user may do right now. */
@Injectable()
export class AuthzService {
  /**
   * @param orgId the organisation, or null outside of any
   * @throws DomainError `organization_not_found` when the user is not a member of it
   */
  grantsOf({ _id, status, platform_role: role }: User, orgId: string | null): Grants {
    if (orgId !== null) throw AuthzErrors.organizationNotFound();
    return { user_id: _id, org_id: null, status, role, permissions: [...permissionsOf[role]] };
  }
}
