import { Injectable } from '@nestjs/common';
import { type Grants, visitorRole } from '@parley/contracts';
import { UserErrors } from '../users/users.errors.js';
import { UsersService } from '../users/users.service.js';
import { isVisitorId } from '../visitors/visitor.schema.js';
import { VisitorsService } from '../visitors/visitors.service.js';
import { AuthzErrors } from './authz.errors.js';
import { permissionsOf, visitorPermissions } from './permission.policy.js';

/** Decides what a user may do right now. */
@Injectable()
export class AuthzService {
  constructor(
    private readonly users: UsersService,
    private readonly visitors: VisitorsService,
  ) {}

  /**
   * @param orgId the organisation, or null outside of any
   * @throws DomainError `user_not_found`, or `organization_not_found` when the user is not a member of it
   */
  async grantsOf(userId: string, orgId: string | null): Promise<Grants> {
    if (isVisitorId(userId)) return this.grantsOfVisitor(userId, orgId);
    const { status, platform_role: role } = await this.users.get(userId);
    if (orgId !== null) throw AuthzErrors.organizationNotFound();
    return { user_id: userId, org_id: null, status, role, permissions: [...permissionsOf[role]] };
  }

  /** A visitor who has signed in may do nothing any more; what goes on of theirs goes on as the user's. */
  private async grantsOfVisitor(id: string, orgId: string | null): Promise<Grants> {
    const visitor = await this.visitors.find(id);
    if (!visitor) throw UserErrors.notFound();
    if (orgId !== null) throw AuthzErrors.organizationNotFound();
    const { successor_id: successor } = visitor;
    const who = { user_id: id, org_id: null, role: visitorRole };
    if (successor === null) return { ...who, status: 'active', permissions: [...visitorPermissions] };
    return { ...who, status: 'deactivated', permissions: [], successor_id: successor };
  }
}
