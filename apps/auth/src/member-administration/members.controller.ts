import { Body, Controller, Delete, Get, HttpCode, Ip, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  CurrentOrganization,
  CurrentUser,
  RecentlyAuthenticated,
  RequirePermission,
  Sensitive,
  SignedIn,
  type UserPrincipal,
} from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { organizationId } from '../organizations/organizations.dto.js';
import { recentSeconds } from '../roles/hierarchy.js';
import { userId } from '../users/users.dto.js';
import { MemberDirectory } from './member-directory.js';
import * as dto from './members.dto.js';
import { MembersService } from './members.service.js';

const badBody = ['validation_failed', 'unknown_field', 'malformed_json', 'invalid_org_id', 'org_mismatch'];
const out = ['org_mismatch', 'membership_inactive', 'organization_suspended'];
const refused = [
  'permission_denied',
  'hierarchy',
  'own_role',
  'permissions_missing',
  'reauthentication_required',
  ...out,
];
const conflict = ['last_owner', 'personal_organization'];

@ApiTags('organizations')
@Controller('organizations/:org_id')
export class MembersController {
  constructor(
    private readonly directory: MemberDirectory,
    private readonly members: MembersService,
  ) {}

  @Get('users')
  @RequirePermission('members', 'read')
  @ApiOperation({ summary: 'Who is in the organization' })
  @ApiOkResponse({ standardSchema: dto.memberList, description: 'A page of members, with their roles' })
  @ApiProblems({ 400: ['validation_failed', 'unknown_field', 'invalid_org_id'], 404: ['organization_not_found'] })
  list(
    @Param('org_id', { schema: organizationId }) _path: string,
    @CurrentOrganization() orgId: string,
    @Query({ schema: dto.membersQuery }) query: dto.MembersQuery,
  ): Promise<dto.MemberList> {
    return this.directory.list(orgId, query);
  }

  @Get('users/:user_id')
  @RequirePermission('members', 'read')
  @ApiOperation({ summary: 'One member and their role' })
  @ApiOkResponse({ standardSchema: dto.memberDto, description: 'The member' })
  @ApiProblems({ 400: ['validation_failed', 'invalid_org_id'], 404: ['organization_not_found', 'member_not_found'] })
  get(
    @Param('org_id', { schema: organizationId }) _path: string,
    @CurrentOrganization() orgId: string,
    @Param('user_id', { schema: userId }) id: string,
  ): Promise<dto.MemberDto> {
    return this.directory.get(orgId, id);
  }

  @Patch('users/:user_id')
  @RequirePermission('members', 'write')
  @Sensitive()
  @ApiOperation({
    summary: 'Give a member another role, suspend them, or let them in again',
    description:
      'In force in every service within two seconds, without a new sign-in. Owners alone make and unmake owners.',
  })
  @ApiOkResponse({ standardSchema: dto.memberDto, description: 'The member as they are now' })
  @ApiProblems({
    400: badBody,
    403: refused,
    404: ['organization_not_found', 'member_not_found', 'role_not_found'],
    409: conflict,
  })
  async change(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @Param('org_id', { schema: organizationId }) _path: string,
    @CurrentOrganization() orgId: string,
    @Param('user_id', { schema: userId }) id: string,
    @Body({ schema: dto.memberChange }) change: dto.MemberChange,
  ): Promise<dto.MemberDto> {
    await this.members.change({ principal, ipAddress, orgId }, id, change);
    return this.directory.get(orgId, id);
  }

  @Delete('users/me')
  @SignedIn()
  @HttpCode(204)
  @ApiOperation({ summary: 'Leave the organization' })
  @ApiNoContentResponse({ description: 'You have left' })
  @ApiProblems({
    400: ['validation_failed', 'invalid_org_id'],
    403: ['reauthentication_required', ...out],
    404: ['organization_not_found'],
    409: conflict,
  })
  leave(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @Param('org_id', { schema: organizationId }) orgId: string,
  ): Promise<void> {
    return this.members.leave({ principal, ipAddress, orgId });
  }

  @Delete('users/:user_id')
  @RequirePermission('members', 'write')
  @Sensitive()
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a member; the account stays' })
  @ApiNoContentResponse({ description: 'They are no member any more' })
  @ApiProblems({
    400: ['validation_failed', 'invalid_org_id'],
    403: refused,
    404: ['organization_not_found', 'member_not_found'],
    409: conflict,
  })
  remove(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @Param('org_id', { schema: organizationId }) _path: string,
    @CurrentOrganization() orgId: string,
    @Param('user_id', { schema: userId }) id: string,
  ): Promise<void> {
    return this.members.remove({ principal, ipAddress, orgId }, id);
  }

  @Post('transfer')
  @RequirePermission('members', 'write')
  @RecentlyAuthenticated(recentSeconds)
  @Sensitive()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Hand the organization over: another member becomes its owner, and you an administrator of it',
  })
  @ApiOkResponse({ standardSchema: dto.memberDto, description: 'The new owner' })
  @ApiProblems({
    400: badBody,
    403: refused,
    404: ['organization_not_found', 'member_not_found'],
    409: [...conflict, 'member_not_active'],
  })
  async transfer(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @Param('org_id', { schema: organizationId }) _path: string,
    @CurrentOrganization() orgId: string,
    @Body({ schema: dto.transfer }) { user_id: id }: dto.Transfer,
  ): Promise<dto.MemberDto> {
    await this.members.transfer({ principal, ipAddress, orgId }, id);
    return this.directory.get(orgId, id);
  }
}
