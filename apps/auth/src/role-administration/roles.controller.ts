import { Body, Controller, Delete, Get, HttpCode, Ip, Param, Post, Put, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentOrganization, CurrentUser, RequirePermission, Sensitive, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { PermissionsService } from './permissions.service.js';
import * as dto from './roles.dto.js';
import { roleId } from './roles.params.js';
import { RolesService } from './roles.service.js';

const org = ['validation_failed', 'unknown_field', 'invalid_org_id', 'org_mismatch', 'org_id_missing'];
const badBody = [...org, 'malformed_json', 'hierarchy_level_invalid', 'system_role'];
const refused = [
  'permission_denied',
  'hierarchy',
  'permissions_missing',
  'models_missing',
  'org_mismatch',
  'membership_inactive',
];
const taken = ['role_name_taken', 'hierarchy_level_taken', 'too_many_roles'];
const notThere = ['organization_not_found', 'role_not_found'];

@ApiTags('roles')
@Controller('roles')
export class RolesController {
  constructor(
    private readonly roles: RolesService,
    private readonly permissions: PermissionsService,
  ) {}

  @Get('list_roles')
  @RequirePermission('roles', 'read')
  @ApiOperation({ summary: 'The roles of the organization, highest level first' })
  @ApiOkResponse({ standardSchema: dto.roleList, description: 'All of them' })
  @ApiProblems({ 400: org, 404: ['organization_not_found'] })
  async list(
    @CurrentOrganization() orgId: string,
    @Query({ schema: dto.orgQuery }) _query: unknown,
  ): Promise<dto.RoleList> {
    return { data: (await this.roles.list(orgId)).map(dto.toRoleDto) };
  }

  @Get('list_permissions')
  @RequirePermission('roles', 'read')
  @ApiOperation({ summary: 'The catalogue: what there is to allow. What you may do yourself is at /authz/permissions' })
  @ApiOkResponse({ standardSchema: dto.permissionList, description: "The product's, and the organization's own" })
  @ApiProblems({ 400: org, 404: ['organization_not_found'] })
  async listPermissions(
    @CurrentOrganization() orgId: string,
    @Query({ schema: dto.orgQuery }) _query: unknown,
  ): Promise<dto.PermissionList> {
    return { data: await this.permissions.list(orgId) };
  }

  @Post('permission')
  @RequirePermission('roles', 'write')
  @Sensitive()
  @ApiOperation({ summary: 'Add a permission for programs of your own; no other organization sees it' })
  @ApiCreatedResponse({ standardSchema: dto.permissionEntry, description: 'It can be given in roles' })
  @ApiProblems({
    400: badBody,
    403: refused,
    404: ['organization_not_found'],
    409: ['permission_exists', 'too_many_permissions'],
  })
  addPermission(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @CurrentOrganization() orgId: string,
    @Body({ schema: dto.newPermission }) wanted: dto.NewPermission,
  ): Promise<dto.PermissionEntryDto> {
    return this.permissions.add({ principal, ipAddress, orgId }, wanted);
  }

  @Delete('permission/:id')
  @RequirePermission('roles', 'write')
  @Sensitive()
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove a permission that the organization has added' })
  @ApiNoContentResponse({ description: 'It is gone' })
  @ApiProblems({ 400: org, 403: refused, 404: ['organization_not_found', 'permission_not_found'] })
  removePermission(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @CurrentOrganization() orgId: string,
    @Param('id', { schema: roleId }) id: string,
    @Query({ schema: dto.orgQuery }) _query: unknown,
  ): Promise<void> {
    return this.permissions.remove({ principal, ipAddress, orgId }, id);
  }

  @Get(':role_id')
  @RequirePermission('roles', 'read')
  @ApiOperation({ summary: 'One role' })
  @ApiOkResponse({ standardSchema: dto.roleDto, description: 'The role and what it allows' })
  @ApiProblems({ 400: org, 404: notThere })
  async get(
    @CurrentOrganization() orgId: string,
    @Param('role_id', { schema: roleId }) id: string,
    @Query({ schema: dto.orgQuery }) _query: unknown,
  ): Promise<dto.RoleDto> {
    return dto.toRoleDto(await this.roles.get(orgId, id));
  }

  @Post()
  @RequirePermission('roles', 'write')
  @Sensitive()
  @ApiOperation({ summary: 'Make a role: below your own, and allowing nothing that you may not do' })
  @ApiCreatedResponse({ standardSchema: dto.roleDto, description: 'The role' })
  @ApiProblems({ 400: badBody, 403: refused, 404: ['organization_not_found'], 409: taken })
  async add(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @CurrentOrganization() orgId: string,
    @Body({ schema: dto.newRole }) wanted: dto.NewRole,
  ): Promise<dto.RoleDto> {
    return dto.toRoleDto(await this.roles.add({ principal, ipAddress, orgId }, wanted));
  }

  @Put(':role_id')
  @RequirePermission('roles', 'write')
  @Sensitive()
  @ApiOperation({ summary: 'Change a role, for all who have it: in force within two seconds' })
  @ApiOkResponse({ standardSchema: dto.roleDto, description: 'The role as it is now' })
  @ApiProblems({ 400: badBody, 403: refused, 404: notThere, 409: taken })
  async change(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @CurrentOrganization() orgId: string,
    @Param('role_id', { schema: roleId }) id: string,
    @Body({ schema: dto.roleChange }) change: dto.RoleChange,
  ): Promise<dto.RoleDto> {
    return dto.toRoleDto(await this.roles.change({ principal, ipAddress, orgId }, id, change));
  }

  @Delete(':role_id')
  @RequirePermission('roles', 'write')
  @Sensitive()
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a role that nobody has' })
  @ApiNoContentResponse({ description: 'It is gone' })
  @ApiProblems({ 400: [...org, 'system_role', 'role_in_use'], 403: refused, 404: notThere })
  remove(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @CurrentOrganization() orgId: string,
    @Param('role_id', { schema: roleId }) id: string,
    @Query({ schema: dto.orgQuery }) _query: unknown,
  ): Promise<void> {
    return this.roles.remove({ principal, ipAddress, orgId }, id);
  }
}
