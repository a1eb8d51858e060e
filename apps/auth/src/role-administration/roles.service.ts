import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, newId } from '@parley/platform';
import type { Model } from 'mongoose';
import { type Membership, MEMBERSHIPS } from '../memberships/membership.schema.js';
import { type Act, type Actor, OrganizationActs } from '../ownership/organization-acts.js';
import { mayDefine } from '../roles/hierarchy.js';
import { type Role, ROLES } from '../roles/role.schema.js';
import { RoleErrors } from '../roles/roles.errors.js';
import type { NewRole, RoleChange } from './roles.dto.js';

const maxRoles = 50;

/** What roles there are in an organisation, and who changes that. */
@Injectable()
export class RolesService {
  constructor(
    @InjectModel(ROLES) private readonly roles: Model<Role>,
    @InjectModel(MEMBERSHIPS) private readonly memberships: Model<Membership>,
    private readonly acts: OrganizationActs,
    private readonly clock: Clock,
  ) {}

  /** Highest level first. */
  list(orgId: string): Promise<Role[]> {
    return this.roles.find({ org_id: orgId }).sort({ hierarchy_level: -1 }).lean<Role[]>();
  }

  /** @throws DomainError `role_not_found`, also for one of another organisation */
  async get(orgId: string, roleId: string): Promise<Role> {
    const role = await this.roles.findOne({ _id: roleId, org_id: orgId }).lean<Role>();
    if (!role) throw RoleErrors.notFound();
    return role;
  }

  /**
   * @throws DomainError what `OrganizationActs.run` throws; `hierarchy_level_invalid`, `hierarchy`, `permissions_missing`, `models_missing`,
   *   `role_name_taken`, `hierarchy_level_taken`, `too_many_roles`
   */
  add(actor: Actor, { org_id: _, ...wanted }: NewRole): Promise<Role> {
    return this.acts.run(actor, 'roles:write', async (act) => {
      const { hierarchy_level: level, permissions, models } = wanted;
      mayDefine(act.actor, { level, permissions, models });
      await this.requireFree(act, wanted);
      const now = this.clock.date();
      const role: Role = {
        ...{ _id: newId('role'), org_id: act.organization._id, ...wanted, name_key: wanted.name.toLowerCase() },
        ...{ is_system_role: false, rv: 1, created_at: now, updated_at: now },
      };
      if ((await this.roles.countDocuments({ org_id: role.org_id }).session(act.session)) >= maxRoles)
        throw RoleErrors.tooMany();
      await this.roles.create([role], { session: act.session });
      await act.record('role.created', null, { role: role._id, name: role.name, level });
      return role;
    });
  }

  /** A change counts as giving the role, as it is then, to all who have it. @throws DomainError as `add`; `role_not_found`, `system_role` */
  change(actor: Actor, roleId: string, { org_id: _, ...change }: RoleChange): Promise<Role> {
    return this.acts.run(actor, 'roles:write', async (act) => {
      const role = await this.find(act, roleId);
      if (role.is_system_role) throw RoleErrors.systemRoleUpdate();
      const next: Role = { ...role, ...(change as Partial<Role>) };
      mayDefine(act.actor, rankOf(next), rankOf(role));
      await this.requireFree(act, next, roleId);
      const set = { ...change, name_key: next.name.toLowerCase(), updated_at: this.clock.date() };
      const { _id, org_id, rv } = role;
      await this.roles.updateOne({ _id, rv }, { $set: set, $inc: { rv: 1 } }, { session: act.session });
      await act.tell({ type: 'role-changed', org_id, rid: _id, rv: rv + 1 });
      await act.record('role.changed', null, { role: _id, name: next.name, level: next.hierarchy_level });
      return { ...next, ...set, rv: rv + 1 };
    });
  }

  /** @throws DomainError `role_not_found`, `system_role`, `role_in_use`, `hierarchy` */
  async remove(actor: Actor, roleId: string): Promise<void> {
    await this.acts.run(actor, 'roles:write', async (act) => {
      const role = await this.find(act, roleId);
      if (role.is_system_role) throw RoleErrors.systemRoleDelete();
      if (act.actor.level <= role.hierarchy_level) throw RoleErrors.outranked();
      const { session } = act;
      if (await this.memberships.exists({ role_id: roleId, status: { $ne: 'removed' } }).session(session))
        throw RoleErrors.inUse();
      await this.roles.deleteOne({ _id: roleId, rv: role.rv }, { session });
      await act.record('role.deleted', null, { role: roleId, name: role.name });
    });
  }

  private async find({ organization, session }: Act, roleId: string): Promise<Role> {
    const role = await this.roles.findOne({ _id: roleId, org_id: organization._id }).session(session).lean<Role>();
    if (!role) throw RoleErrors.notFound();
    return role;
  }

  /** The unique indexes stand below this; it says which of the two is taken. */
  private async requireFree(
    { organization, session }: Act,
    { name, hierarchy_level }: Pick<Role, 'name' | 'hierarchy_level'>,
    except = '',
  ): Promise<void> {
    const others = { org_id: organization._id, _id: { $ne: except } };
    if (await this.roles.exists({ ...others, name_key: name.toLowerCase() }).session(session))
      throw RoleErrors.nameTaken();
    if (await this.roles.exists({ ...others, hierarchy_level }).session(session)) throw RoleErrors.levelTaken();
  }
}

const rankOf = ({ hierarchy_level: level, permissions, models }: Role) => ({ level, permissions, models });
