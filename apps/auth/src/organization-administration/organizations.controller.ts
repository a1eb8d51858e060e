import { Body, Controller, Delete, Get, HttpCode, Ip, Param, Patch, Post, Put } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
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
import * as dto from './organizations.dto.js';
import { OrganizationsService } from './organizations.service.js';

const badBody = ['validation_failed', 'unknown_field', 'malformed_json', 'invalid_org_id', 'org_mismatch'];
const refused = ['permission_denied', 'org_mismatch', 'membership_inactive', 'organization_suspended'];

@ApiTags('organizations')
@Controller('organizations')
export class OrganizationsController {
  constructor(private readonly organizations: OrganizationsService) {}

  @Post()
  @SignedIn()
  @ApiOperation({ summary: 'Found an organization, whose owner you are' })
  @ApiCreatedResponse({ standardSchema: dto.organizationDto, description: 'The organization' })
  @ApiProblems({ 400: badBody, 409: ['organization_name_taken', 'too_many_organizations'] })
  found(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @Body({ schema: dto.newOrganization }) { name }: dto.NewOrganizationDto,
  ): Promise<dto.OrganizationDto> {
    return this.organizations.found({ principal, ipAddress }, name);
  }

  @Get()
  @SignedIn({ anyOrganization: true })
  @ApiOperation({ summary: 'The organizations of which you are a member' })
  @ApiOkResponse({ standardSchema: dto.organizationList, description: 'All of them, with your role in each' })
  async list(@CurrentUser() { userId }: UserPrincipal): Promise<dto.OrganizationList> {
    return { data: await this.organizations.list(userId) };
  }

  @Get(':org_id')
  @RequirePermission('organizations', 'read')
  @ApiOperation({ summary: 'One organization' })
  @ApiOkResponse({ standardSchema: dto.organizationDto, description: 'The organization, with your role in it' })
  @ApiProblems({ 400: ['validation_failed', 'invalid_org_id'], 404: ['organization_not_found'] })
  get(
    @CurrentUser() { userId }: UserPrincipal,
    @Param('org_id', { schema: organizationId }) _path: string,
    @CurrentOrganization() orgId: string,
  ): Promise<dto.OrganizationDto> {
    return this.organizations.get(orgId, userId);
  }

  @Patch(':org_id')
  @RequirePermission('organizations', 'write')
  @ApiOperation({ summary: 'Rename the organization' })
  @ApiOkResponse({ standardSchema: dto.organizationDto, description: 'The organization as it is now' })
  @ApiProblems({
    400: badBody,
    403: refused,
    404: ['organization_not_found'],
    409: ['organization_name_taken', 'personal_organization'],
  })
  rename(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @Param('org_id', { schema: organizationId }) _path: string,
    @CurrentOrganization() orgId: string,
    @Body({ schema: dto.organizationChange }) { name }: dto.OrganizationChange,
  ): Promise<dto.OrganizationDto> {
    return this.organizations.rename({ principal, ipAddress, orgId }, name);
  }

  @Delete(':org_id')
  @RequirePermission('organizations', 'delete')
  @RecentlyAuthenticated(recentSeconds)
  @Sensitive()
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete the organization for good; its pool must be empty' })
  @ApiNoContentResponse({ description: 'It is not there any more' })
  @ApiProblems({
    400: ['validation_failed', 'invalid_org_id'],
    403: [...refused, 'reauthentication_required'],
    404: ['organization_not_found'],
    409: ['organization_has_credits', 'personal_organization'],
    503: ['accounting_unavailable', 'authz_unavailable'],
  })
  remove(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @Param('org_id', { schema: organizationId }) _path: string,
    @CurrentOrganization() orgId: string,
  ): Promise<void> {
    return this.organizations.remove({ principal, ipAddress, orgId });
  }

  @Put(':org_id/status')
  @RequirePermission('organizations', 'administer')
  @Sensitive()
  @ApiOperation({
    summary: 'Suspend an organization, or let it work again',
    description: 'For administrators of the platform. In force in every service within two seconds.',
  })
  @ApiOkResponse({ standardSchema: dto.organizationDto, description: 'The organization as it is now' })
  @ApiProblems({ 400: badBody, 403: refused, 404: ['organization_not_found'] })
  setStatus(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @Param('org_id', { schema: organizationId }) orgId: string,
    @Body({ schema: dto.organizationStatus }) { status }: dto.OrganizationStatusChange,
  ): Promise<dto.OrganizationDto> {
    return this.organizations.setStatus({ principal, ipAddress }, orgId, status);
  }
}
