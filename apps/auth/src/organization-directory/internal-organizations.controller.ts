import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '@parley/auth';
import {
  type InternalMembers,
  internalMembers,
  type InternalOrganization,
  internalOrganization,
  serviceScopes,
} from '@parley/contracts';
import { ApiProblems } from '@parley/platform';
import { organizationId } from '../organizations/organizations.dto.js';
import { type InternalMembersQuery, internalMembersQuery } from './organization-directory.dto.js';
import { OrganizationDirectory } from './organization-directory.service.js';

/** What other services may know about an organisation. */
@ApiTags('service to service')
@Controller('internal/organizations')
export class InternalOrganizationsController {
  constructor(private readonly directory: OrganizationDirectory) {}

  @Get(':id')
  @RequireScope(serviceScopes.usersRead)
  @ApiOperation({ summary: 'That an organization exists' })
  @ApiOkResponse({ standardSchema: internalOrganization, description: 'The organization and its state' })
  @ApiProblems({ 400: ['validation_failed'], 404: ['organization_not_found'] })
  async get(@Param('id', { schema: organizationId }) id: string): Promise<InternalOrganization> {
    const { kind, status } = await this.directory.get(id);
    return { id, kind, status: status === 'suspended' ? 'suspended' : 'active' };
  }

  @Get(':id/members')
  @RequireScope(serviceScopes.usersRead)
  @ApiOperation({ summary: 'The active members of an organization and their roles, in the order of their ids' })
  @ApiOkResponse({ standardSchema: internalMembers, description: 'A page of them; those of a suspended one too' })
  @ApiProblems({ 400: ['validation_failed', 'unknown_field'], 404: ['organization_not_found'] })
  async members(
    @Param('id', { schema: organizationId }) id: string,
    @Query({ schema: internalMembersQuery }) query: InternalMembersQuery,
  ): Promise<InternalMembers> {
    await this.directory.get(id);
    return this.directory.activeMembers(id, query);
  }
}
