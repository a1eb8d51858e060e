import { Injectable } from '@nestjs/common';
import { AuthErrors } from '@parley/auth';
import { type Grants, visitorRole } from '@parley/contracts';
import { Standings } from '../memberships/standings.js';
import type { User } from '../users/user.schema.js';
import { UserErrors } from '../users/users.errors.js';
import { UsersService } from '../users/users.service.js';
import { isVisitorId } from '../visitors/visitor.schema.js';
import { VisitorsService } from '../visitors/visitors.service.js';
import { permissionsOf, visitorPermissions } from './permission.policy.js';

/** What nobody has outside of organisations. */
const outside = { org_id: null, role_id: null, level: 0, membership: null, organization: null, models: null } as const;

/** Decides what a user may do right now. */
@Injectable()
export class AuthzService {
  constructor(
    private readonly users: UsersService,
    private readonly visitors: VisitorsService,
    private readonly standings: Standings,
  ) {}

  /**
   * @param orgId the organisation, or null outside of any
   * @throws DomainError `user_not_found`, or `organization_not_found` when the user was never a member of it
   */
  async grantsOf(userId: string, orgId: string | null): Promise<Grants> {
    if (isVisitorId(userId)) return this.grantsOfVisitor(userId, orgId);
    const user = await this.users.get(userId);
    if (orgId !== null) return this.grantsInOrganization(user, orgId);
    const { status, platform_role: role } = user;
    return { ...outside, user_id: userId, status, role, permissions: [...permissionsOf[role]] };
  }

  /** What the role allows counts only while the membership and the organisation are active. */
  private async grantsInOrganization({ _id, status }: User, orgId: string): Promise<Grants> {
    const standing = await this.standings.find(orgId, _id);
    if (!standing) throw AuthErrors.organizationNotFound();
    const { organization, membership, role, permissions, isActive } = standing;
    return {
      user_id: _id,
      org_id: orgId,
      status,
      role: role.name,
      role_id: role._id,
      level: role.hierarchy_level,
      membership: membership.status,
      organization: organization.status === 'active' ? 'active' : 'suspended',
      permissions: isActive ? [...permissions] : [],
      models: isActive ? role.models : [],
    };
  }

  /** A visitor who has signed in may do nothing any more; what goes on of theirs goes on as the user's. */
  private async grantsOfVisitor(id: string, orgId: string | null): Promise<Grants> {
    const visitor = await this.visitors.find(id);
    if (!visitor) throw UserErrors.notFound();
    if (orgId !== null) throw AuthErrors.organizationNotFound();
    const { successor_id: successor } = visitor;
    const who = { ...outside, user_id: id, role: visitorRole };
    if (successor === null) return { ...who, status: 'active', permissions: [...visitorPermissions] };
    return { ...who, status: 'deactivated', permissions: [], successor_id: successor };
  }
}
