import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { type Membership, MEMBERSHIPS } from '../memberships/membership.schema.js';
import { OrganizationErrors } from '../organizations/organizations.errors.js';
import type { Act } from '../ownership/organization-acts.js';
import { mayChange, mayGive } from '../roles/hierarchy.js';
import { type Role, ROLES } from '../roles/role.schema.js';
import { RoleErrors } from '../roles/roles.errors.js';
import { type User, USERS } from '../users/user.schema.js';
import { rankOf } from './invitation-rank.js';
import { type Invitation, INVITATIONS } from './invitation.schema.js';
import { InvitationErrors } from './invitations.errors.js';

/** Who may invite whom to what. An invitation promises a role, so it takes the right to give that role. */
@Injectable()
export class InvitationRules {
  constructor(
    @InjectModel(INVITATIONS) private readonly invitations: Model<Invitation>,
    @InjectModel(ROLES) private readonly roles: Model<Role>,
    @InjectModel(MEMBERSHIPS) private readonly memberships: Model<Membership>,
    @InjectModel(USERS) private readonly users: Model<User>,
  ) {}

  /** @throws DomainError `invitation_not_found`, also for one of another organisation */
  async find({ organization, session }: Act, id: string): Promise<Invitation> {
    const whose = { _id: id, org_id: organization._id };
    const found = await this.invitations.findOne(whose).session(session).lean<Invitation>();
    if (!found) throw InvitationErrors.notFound();
    return found;
  }

  /** @throws DomainError `personal_organization`, `role_not_found`, also for one of another organisation, and what `mayGive` throws */
  async roleToGive(act: Act, roleId: string): Promise<Role> {
    if (act.organization.kind === 'personal') throw OrganizationErrors.personal();
    const role = await this.roleOf(act, roleId);
    if (!role) throw RoleErrors.notFound();
    mayGive(act.actor, rankOf(role));
    return role;
  }

  /** Nobody changes an invitation to a role that they may not give. @throws DomainError what `mayGive` throws */
  async requireRightOver(act: Act, { role_id }: Invitation): Promise<void> {
    const role = await this.roleOf(act, role_id);
    if (role) mayGive(act.actor, rankOf(role));
  }

  /** To take it back it is enough to stand above what it promises. @throws DomainError what `mayChange` throws */
  async requireRightToRevoke(act: Act, { _id, role_id }: Invitation): Promise<void> {
    const role = await this.roleOf(act, role_id);
    if (role) mayChange(act.actor, { userId: _id, level: role.hierarchy_level });
  }

  /** An invitation is no way around a suspension. @throws DomainError `already_member` */
  async requireNoMember({ organization, session }: Act, email: string): Promise<void> {
    const user = await this.users.findOne({ email }).session(session).lean<User>();
    if (!user) return;
    const counts = { $in: ['active' as const, 'suspended' as const] };
    const whose = { org_id: organization._id, user_id: user._id, status: counts };
    if (await this.memberships.exists(whose).session(session)) throw InvitationErrors.alreadyMember();
  }

  private roleOf({ organization, session }: Act, roleId: string): Promise<Role | null> {
    return this.roles.findOne({ _id: roleId, org_id: organization._id }).session(session).lean<Role>();
  }
}
