import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { AuthErrors } from '@parley/auth';
import type { InternalMembers } from '@parley/contracts';
import type { Model } from 'mongoose';
import { type Membership, MEMBERSHIPS } from '../memberships/membership.schema.js';
import { type Organization, ORGANIZATIONS } from '../organizations/organization.schema.js';
import type { InternalMembersQuery } from './organization-directory.dto.js';

/** Which organisations there are, and who is in them. */
@Injectable()
export class OrganizationDirectory {
  constructor(
    @InjectModel(ORGANIZATIONS) private readonly organizations: Model<Organization>,
    @InjectModel(MEMBERSHIPS) private readonly memberships: Model<Membership>,
  ) {}

  /** @throws DomainError `organization_not_found`, also for one that was deleted */
  async get(id: string): Promise<Organization> {
    const found = await this.organizations.findOne({ _id: id, status: { $ne: 'deleted' } }).lean<Organization>();
    if (!found) throw AuthErrors.organizationNotFound();
    return found;
  }

  /** @param query `cursor` is a user id: the page begins with the next one */
  async activeMembers(orgId: string, { limit, cursor = '' }: InternalMembersQuery): Promise<InternalMembers> {
    const found = await this.memberships
      .find({ org_id: orgId, status: 'active', user_id: { $gt: cursor } }, { user_id: 1, role_id: 1 })
      .sort({ user_id: 1 })
      .limit(limit + 1)
      .lean<Membership[]>();
    const page = found.slice(0, limit);
    return {
      data: page.map(({ user_id, role_id }) => ({ user_id, role_id })),
      next_cursor: found.length > limit ? page.at(-1)!.user_id : null,
    };
  }
}
