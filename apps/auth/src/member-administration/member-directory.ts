import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { type Membership, MEMBERSHIPS } from '../memberships/membership.schema.js';
import { OrganizationErrors } from '../organizations/organizations.errors.js';
import { type Role, ROLES } from '../roles/role.schema.js';
import { type User, USERS } from '../users/user.schema.js';
import { type MemberDto, type MemberList, type MembersQuery, toMemberDto } from './members.dto.js';

/** Who is in an organisation, with what the others may know of them. */
@Injectable()
export class MemberDirectory {
  constructor(
    @InjectModel(MEMBERSHIPS) private readonly memberships: Model<Membership>,
    @InjectModel(ROLES) private readonly roles: Model<Role>,
    @InjectModel(USERS) private readonly users: Model<User>,
  ) {}

  /** Those who were removed are not there. In the order of their ids, which are the cursors. */
  async list(orgId: string, { limit, cursor = '' }: MembersQuery): Promise<MemberList> {
    const found = await this.memberships
      .find({ org_id: orgId, status: { $ne: 'removed' }, user_id: { $gt: cursor } })
      .sort({ user_id: 1 })
      .limit(limit + 1)
      .lean<Membership[]>();
    const page = found.slice(0, limit);
    return { data: await this.describe(orgId, page), next_cursor: found.length > limit ? page.at(-1)!.user_id : null };
  }

  /** @throws DomainError `member_not_found` */
  async get(orgId: string, userId: string): Promise<MemberDto> {
    const whose = { org_id: orgId, user_id: userId, status: { $ne: 'removed' as const } };
    const membership = await this.memberships.findOne(whose).lean<Membership>();
    const [member] = membership ? await this.describe(orgId, [membership]) : [];
    if (!member) throw OrganizationErrors.memberNotFound();
    return member;
  }

  private async describe(orgId: string, memberships: readonly Membership[]): Promise<MemberDto[]> {
    const roles = await this.roles.find({ org_id: orgId }).lean<Role[]>();
    const ids = memberships.map(({ user_id }) => user_id);
    const users = await this.users.find({ _id: { $in: ids } }).lean<User[]>();
    return memberships.flatMap((membership) => {
      const role = roles.find(({ _id }) => _id === membership.role_id);
      const user = users.find(({ _id }) => _id === membership.user_id);
      return role && user ? [toMemberDto(membership, role, user)] : [];
    });
  }
}
