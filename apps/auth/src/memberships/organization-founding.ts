import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, newId } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { type Organization, type OrganizationKind, ORGANIZATIONS } from '../organizations/organization.schema.js';
import { type Role, ROLES } from '../roles/role.schema.js';
import { systemRoleKeys, systemRoles } from '../roles/system-roles.js';
import { type Membership, MEMBERSHIPS } from './membership.schema.js';

export interface NewOrganization {
  name: string;
  name_key: string;
  kind: OrganizationKind;
  founderId: string;
}

/** An organisation begins with its default roles and with one member, who owns it: there is no moment without an owner. */
@Injectable()
export class OrganizationFounding {
  constructor(
    @InjectModel(ORGANIZATIONS) private readonly organizations: Model<Organization>,
    @InjectModel(ROLES) private readonly roles: Model<Role>,
    @InjectModel(MEMBERSHIPS) private readonly memberships: Model<Membership>,
    private readonly clock: Clock,
  ) {}

  /** @throws the database's duplicate key error where the name is taken */
  async found(wanted: NewOrganization, session: ClientSession): Promise<Organization> {
    const times = { created_at: this.clock.date(), updated_at: this.clock.date() };
    const { founderId, ...rest } = wanted;
    const organization: Organization = {
      ...{ _id: newId('org'), ...rest, status: 'active' as const, created_by: founderId, rights_version: 1 },
      ...times,
    };
    const roles = systemRoleKeys.map((key): Role => {
      const { name, description, level } = systemRoles[key];
      return {
        ...{ _id: newId('role'), org_id: organization._id, name, name_key: name.toLowerCase(), description },
        ...{ hierarchy_level: level, is_system_role: true, system_key: key, permissions: [], models: null, rv: 1 },
        ...times,
      };
    });
    const owner: Membership = {
      ...{ _id: newId('mem'), org_id: organization._id, user_id: founderId, role_id: roles[0]!._id },
      ...{ status: 'active' as const, mv: 1, added_by: null, ...times },
    };
    await this.organizations.create([organization], { session });
    await this.roles.insertMany(roles, { session });
    await this.memberships.create([owner], { session });
    return organization;
  }
}
