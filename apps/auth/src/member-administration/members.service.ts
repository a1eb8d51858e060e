import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { Model } from 'mongoose';
import { type Membership, MEMBERSHIPS } from '../memberships/membership.schema.js';
import { Standings } from '../memberships/standings.js';
import { OrganizationErrors } from '../organizations/organizations.errors.js';
import { type Act, type Actor, OrganizationActs } from '../ownership/organization-acts.js';
import { Owners } from '../ownership/owners.js';
import { mayChange, mayGive, mayStepDown, type Rank } from '../roles/hierarchy.js';
import { permissionsOfRole, type Role, ROLES } from '../roles/role.schema.js';
import { RoleErrors } from '../roles/roles.errors.js';
import type { MemberChange } from './members.dto.js';

/** What members may change about each other. */
@Injectable()
export class MembersService {
  constructor(
    @InjectModel(MEMBERSHIPS) private readonly memberships: Model<Membership>,
    @InjectModel(ROLES) private readonly roles: Model<Role>,
    private readonly standings: Standings,
    private readonly acts: OrganizationActs,
    private readonly owners: Owners,
    private readonly clock: Clock,
  ) {}

  /**
   * Gives another role, suspends a membership or lets it count again. What is so already stays and is not told again.
   * @throws DomainError what `OrganizationActs.run` throws; `member_not_found`, `role_not_found`, `hierarchy`, `own_role`, `permissions_missing`,
   *   `models_missing`, `reauthentication_required`, `last_owner`
   */
  async change(actor: Actor, userId: string, change: MemberChange): Promise<void> {
    await this.acts.run(actor, 'members:write', async (act) => {
      const { membership, role } = await this.find(act, userId);
      const next = change.role_id === undefined ? role : await this.roleOf(act, change.role_id);
      const status = change.status ?? membership.status;
      if (next._id === role._id && status === membership.status) return;
      this.requireRight(act, userId, role, next);
      // Letting a membership count again gives its role anew.
      if (status === 'active') mayGive(act.actor, rankOf(next));
      const ceases = role.system_key === 'owner' && (next.system_key !== 'owner' || status !== 'active');
      if (ceases && membership.status === 'active') {
        await this.owners.requireAnother(act.organization._id, userId, act.session);
      }
      await this.write(act, membership, { role_id: next._id, status });
      const { from, to } = { from: role.name, to: next.name };
      if (next._id !== role._id) await act.record('member.role_changed', userId, { from, to });
      if (status !== membership.status)
        await act.record(status === 'active' ? 'member.reactivated' : 'member.suspended', userId);
    });
  }

  /** @throws DomainError as `change` */
  async remove(actor: Actor, userId: string): Promise<void> {
    await this.acts.run(actor, 'members:write', async (act) => {
      const { membership, role } = await this.find(act, userId);
      mayChange(act.actor, { userId, level: role.hierarchy_level });
      await this.end(act, membership, role, 'member.removed');
    });
  }

  /** @throws DomainError `organization_not_found`, `personal_organization`, `last_owner`, `reauthentication_required` */
  async leave(actor: Actor): Promise<void> {
    await this.acts.run(actor, undefined, async (act) => {
      if (act.organization.kind === 'personal') throw OrganizationErrors.personal();
      mayStepDown(act.actor);
      const { membership, role } = await this.find(act, act.actor.userId);
      await this.end(act, membership, role, 'member.left');
    });
  }

  /**
   * Hands the organisation over: the other becomes an owner, and who hands it over an administrator.
   * @throws DomainError `member_not_found`, `member_not_active`, `hierarchy`, `reauthentication_required`, `own_role`, `personal_organization`
   */
  async transfer(actor: Actor, userId: string): Promise<void> {
    await this.acts.run(actor, 'members:write', async (act) => {
      if (act.organization.kind === 'personal') throw OrganizationErrors.personal();
      if (userId === actor.principal.userId) throw RoleErrors.ownRole();
      const [owner, admin] = [await this.systemRole(act, 'owner'), await this.systemRole(act, 'admin')];
      mayGive(act.actor, rankOf(owner));
      const { membership } = await this.find(act, userId);
      if (membership.status !== 'active') throw OrganizationErrors.notActive();
      const mine = await this.find(act, act.actor.userId);
      await this.write(act, membership, { role_id: owner._id, status: 'active' });
      await this.write(act, mine.membership, { role_id: admin._id, status: 'active' });
      await this.owners.requireAnother(act.organization._id, act.actor.userId, act.session);
      await act.record('organization.transferred', userId, { from: act.actor.userId });
    });
  }

  /** Owners may step down by themselves; else nobody changes what they are. */
  private requireRight({ actor }: Act, userId: string, role: Role, next: Role): void {
    const stepsDown = userId === actor.userId && role.system_key === 'owner' && next.hierarchy_level < actor.level;
    if (stepsDown) mayStepDown(actor);
    else {
      mayChange(actor, { userId, level: role.hierarchy_level });
      mayGive(actor, rankOf(next));
    }
  }

  private async end(act: Act, membership: Membership, role: Role, type: string): Promise<void> {
    if (role.system_key === 'owner' && membership.status === 'active')
      await this.owners.requireAnother(act.organization._id, membership.user_id, act.session);
    await this.write(act, membership, { role_id: role._id, status: 'removed' });
    await act.record(type, membership.user_id, { role: role.name });
  }

  private async find({ organization, session }: Act, userId: string) {
    const standing = await this.standings.find(organization._id, userId, session);
    if (!standing || standing.membership.status === 'removed') throw OrganizationErrors.memberNotFound();
    return standing;
  }

  private async roleOf({ organization, session }: Act, roleId: string): Promise<Role> {
    const role = await this.roles.findOne({ _id: roleId, org_id: organization._id }).session(session).lean<Role>();
    if (!role) throw RoleErrors.notFound();
    return role;
  }

  private async systemRole({ organization, session }: Act, key: 'owner' | 'admin'): Promise<Role> {
    const found = await this.roles.findOne({ org_id: organization._id, system_key: key }).session(session).lean<Role>();
    return found!;
  }

  private async write(act: Act, membership: Membership, set: Pick<Membership, 'role_id' | 'status'>): Promise<void> {
    const { _id, org_id, user_id, mv } = membership;
    const change = { $set: { ...set, updated_at: this.clock.date() }, $inc: { mv: 1 } };
    const { matchedCount } = await this.memberships.updateOne({ _id, mv }, change, { session: act.session });
    if (matchedCount === 0) throw OrganizationErrors.memberNotFound();
    await act.tell({ type: 'token-claims-change', sub: user_id, org_id, mv: mv + 1 });
  }
}

const rankOf = (role: Role): Rank => ({
  level: role.hierarchy_level,
  permissions: permissionsOfRole(role),
  models: role.models,
});
