import { Body, Controller, HttpCode, Ip, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentOrganization, CurrentUser, RequirePermission, Sensitive, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { organizationId } from '../organizations/organizations.dto.js';
import { userId } from '../users/users.dto.js';
import { MemberDirectory } from './member-directory.js';
import { memberDto, type MemberDto, roleAssignment, type RoleAssignment } from './members.dto.js';
import { MembersService } from './members.service.js';

/** The same as PATCH on a member, under the address that clients of the seed know. */
@ApiTags('roles')
@Controller('roles/:org_id/users/:user_id/roles')
export class RoleAssignmentsController {
  constructor(
    private readonly directory: MemberDirectory,
    private readonly members: MembersService,
  ) {}

  @Post()
  @RequirePermission('members', 'write')
  @Sensitive()
  @HttpCode(200)
  @ApiOperation({ summary: 'Give a member another role: in force within two seconds, without a new sign-in' })
  @ApiOkResponse({ standardSchema: memberDto, description: 'The member as they are now' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json', 'invalid_org_id', 'org_mismatch'],
    403: [
      'permission_denied',
      'hierarchy',
      'own_role',
      'permissions_missing',
      'reauthentication_required',
      'org_mismatch',
    ],
    404: ['organization_not_found', 'member_not_found', 'role_not_found'],
    409: ['last_owner'],
  })
  async assign(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @Param('org_id', { schema: organizationId }) _path: string,
    @CurrentOrganization() orgId: string,
    @Param('user_id', { schema: userId }) id: string,
    @Body({ schema: roleAssignment }) { role_id }: RoleAssignment,
  ): Promise<MemberDto> {
    await this.members.change({ principal, ipAddress, orgId }, id, { role_id });
    return this.directory.get(orgId, id);
  }
}
