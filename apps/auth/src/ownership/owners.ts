import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { type Membership, MEMBERSHIPS } from '../memberships/membership.schema.js';
import { type Organization, ORGANIZATIONS } from '../organizations/organization.schema.js';
import { OrganizationErrors } from '../organizations/organizations.errors.js';
import { type Role, ROLES } from '../roles/role.schema.js';
import { type User, USERS } from '../users/user.schema.js';

/** Owners of organisations, of whom one must remain: active members whose accounts are active. */
@Injectable()
export class Owners {
  constructor(
    @InjectModel(ORGANIZATIONS) private readonly organizations: Model<Organization>,
    @InjectModel(MEMBERSHIPS) private readonly memberships: Model<Membership>,
    @InjectModel(ROLES) private readonly roles: Model<Role>,
    @InjectModel(USERS) private readonly users: Model<User>,
    private readonly clock: Clock,
  ) {}

  /**
   * Before somebody ceases to own an organisation. The caller's transaction has raised the organisation's `rights_version`.
   * @throws DomainError `last_owner` (409)
   */
  async requireAnother(orgId: string, except: string, session: ClientSession): Promise<void> {
    const role = await this.roles.findOne({ org_id: orgId, system_key: 'owner' }).session(session).lean<Role>();
    const others = await this.memberships
      .find({ org_id: orgId, role_id: role!._id, status: 'active', user_id: { $ne: except } })
      .session(session)
      .lean<Membership[]>();
    const ids = others.map(({ user_id }) => user_id);
    const active = await this.users.countDocuments({ _id: { $in: ids }, status: 'active' }).session(session);
    if (active === 0) throw OrganizationErrors.lastOwner();
  }

  /**
   * Before a user's account ends: every team that they own must have another owner.
   * @throws DomainError `last_owner` (409)
   */
  async mayDoWithout(userId: string, session: ClientSession): Promise<void> {
    for (const { org_id, role_id } of await this.of(userId, session)) {
      const role = await this.roles.findOne({ _id: role_id }).session(session).lean<Role>();
      if (role?.system_key !== 'owner') continue;
      const team = { _id: org_id, kind: 'team' as const, status: { $ne: 'deleted' as const } };
      const raised = await this.organizations.updateOne(team, { $inc: { rights_version: 1 } }, { session });
      if (raised.matchedCount === 1) await this.requireAnother(org_id, userId, session);
    }
  }

  /** What belongs to a user alone goes with them. @returns the ids of what is gone */
  async endPersonal(userId: string, session: ClientSession): Promise<string[]> {
    const own = { created_by: userId, kind: 'personal' as const, status: { $ne: 'deleted' as const } };
    const found = await this.organizations.find(own).session(session).lean<Organization[]>();
    const now = this.clock.date();
    for (const { _id } of found) {
      const gone = { status: 'deleted' as const, name_key: `deleted:${_id}`, deleted_at: now, updated_at: now };
      await this.organizations.updateOne({ _id }, { $set: gone }, { session });
    }
    return found.map(({ _id }) => _id);
  }

  private of(userId: string, session: ClientSession): Promise<Membership[]> {
    return this.memberships.find({ user_id: userId, status: 'active' }).session(session).lean<Membership[]>();
  }
}
