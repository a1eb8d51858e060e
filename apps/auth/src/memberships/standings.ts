import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { ClientSession, Model } from 'mongoose';
import { type Organization, ORGANIZATIONS } from '../organizations/organization.schema.js';
import { permissionsOfRole, type Role, ROLES } from '../roles/role.schema.js';
import { type Membership, MEMBERSHIPS } from './membership.schema.js';

/** What somebody is to an organisation, whether or not that counts at the moment. */
export interface Standing {
  organization: Organization;
  membership: Membership;
  role: Role;
  permissions: readonly string[];
  /** Whether the role's rights count: an active member of an active organisation. */
  isActive: boolean;
}

/** Finds out who stands where. */
@Injectable()
export class Standings implements OnModuleInit {
  constructor(
    @InjectModel(ORGANIZATIONS) private readonly organizations: Model<Organization>,
    @InjectModel(MEMBERSHIPS) private readonly memberships: Model<Membership>,
    @InjectModel(ROLES) private readonly roles: Model<Role>,
  ) {}

  /** Waits for the unique indexes, so that nothing is written before they exist. */
  async onModuleInit(): Promise<void> {
    await Promise.all([this.organizations.init(), this.memberships.init(), this.roles.init()]);
  }

  /** @returns undefined for an organisation that is not there any more, and for whoever was never a member */
  async find(orgId: string, userId: string, session: ClientSession | null = null): Promise<Standing | undefined> {
    const there = { _id: orgId, status: { $ne: 'deleted' as const } };
    const organization = await this.organizations.findOne(there).session(session).lean<Organization>();
    if (!organization) return undefined;
    const whose = { org_id: orgId, user_id: userId };
    const membership = await this.memberships.findOne(whose).session(session).lean<Membership>();
    if (!membership) return undefined;
    const role = await this.roles.findOne({ _id: membership.role_id, org_id: orgId }).session(session).lean<Role>();
    if (!role) return undefined;
    const isActive = membership.status === 'active' && organization.status === 'active';
    return { organization, membership, role, permissions: permissionsOfRole(role), isActive };
  }

  /** The membership, if it counts. */
  async active(orgId: string, userId: string, session: ClientSession | null = null): Promise<Standing | undefined> {
    const standing = await this.find(orgId, userId, session);
    return standing?.isActive ? standing : undefined;
  }
}
