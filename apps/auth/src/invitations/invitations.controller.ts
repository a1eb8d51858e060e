import { Body, Controller, Delete, Get, Header, HttpCode, Ip, Param, Post, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentOrganization, CurrentUser, RequirePermission, Sensitive, type UserPrincipal } from '@parley/auth';
import { ApiProblems, Clock } from '@parley/platform';
import { organizationId } from '../organizations/organizations.dto.js';
import { InvitationBatches } from './invitation-batches.js';
import { InvitationDirectory } from './invitation-directory.js';
import * as dto from './invitations.dto.js';
import { badRequest, forbidden, inviting } from './invitations.problems.js';
import { InvitationsService } from './invitations.service.js';

const notFound = ['organization_not_found', 'invitation_not_found'];

/** For those who may invite. No answer holds a token. */
@ApiTags('invitations')
@Controller('organizations/:org_id/invitations')
export class InvitationsController {
  constructor(
    private readonly directory: InvitationDirectory,
    private readonly invitations: InvitationsService,
    private readonly batches: InvitationBatches,
    private readonly clock: Clock,
  ) {}

  @Get()
  @RequirePermission('invitations', 'read')
  @ApiOperation({ summary: 'Who is invited, and what came of it; newest first' })
  @ApiOkResponse({ standardSchema: dto.invitationList, description: 'A page of invitations' })
  @ApiProblems({ 400: [...badRequest, 'cursor_invalid'], 404: ['organization_not_found'] })
  list(
    @Param('org_id', { schema: organizationId }) _path: string,
    @CurrentOrganization() orgId: string,
    @Query({ schema: dto.invitationsQuery }) query: dto.InvitationsQuery,
  ): Promise<dto.InvitationList> {
    return this.directory.list(orgId, query);
  }

  @Post('bulk')
  @RequirePermission('invitations', 'write')
  @Sensitive()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Invite up to 100 addresses, with a result for each',
    description: 'An address that is invited already, or named twice, is refused in its row and gets no second mail.',
  })
  @ApiOkResponse({ standardSchema: dto.batchResult, description: 'What became of each row, in their order' })
  @ApiProblems({ ...inviting, 400: badRequest, 413: ['too_many_invitations', 'body_too_large'] })
  bulk(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @Param('org_id', { schema: organizationId }) _path: string,
    @CurrentOrganization() orgId: string,
    @Body({ schema: dto.invitationBatch }) batch: dto.InvitationBatch,
  ): Promise<dto.BatchResult> {
    return this.batches.invite({ principal, ipAddress, orgId }, batch);
  }

  @Get(':invitation_id')
  @RequirePermission('invitations', 'read')
  @ApiOperation({ summary: 'One invitation' })
  @ApiOkResponse({ standardSchema: dto.invitationDto, description: 'The invitation' })
  @ApiProblems({ 400: badRequest, 404: notFound })
  get(
    @Param('org_id', { schema: organizationId }) _path: string,
    @CurrentOrganization() orgId: string,
    @Param('invitation_id', { schema: dto.invitationId }) id: string,
  ): Promise<dto.InvitationDto> {
    return this.directory.get(orgId, id);
  }

  @Post(':invitation_id/resend')
  @RequirePermission('invitations', 'write')
  @Sensitive()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Send another mail: its link works from now on, and the earlier one ends' })
  @ApiOkResponse({ standardSchema: dto.invitationDto, description: 'Invitation resent successfully' })
  @ApiProblems({
    ...inviting,
    400: [...badRequest, 'expiry_time_invalid', 'invitation_not_pending'],
    404: [...notFound, 'role_not_found'],
  })
  async resend(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @Param('org_id', { schema: organizationId }) _path: string,
    @CurrentOrganization() orgId: string,
    @Param('invitation_id', { schema: dto.invitationId }) id: string,
    @Body({ schema: dto.resending }) { expiry_time }: dto.Resending,
  ): Promise<dto.InvitationDto> {
    const invitation = await this.invitations.resend({ principal, ipAddress, orgId }, id, expiry_time);
    return dto.toInvitationDto(invitation, this.clock.date());
  }

  @Delete(':invitation_id')
  @RequirePermission('invitations', 'write')
  @Sensitive()
  @HttpCode(204)
  @ApiOperation({ summary: 'Take an invitation back' })
  @ApiNoContentResponse({ description: 'Invitation revoked successfully: its link ends' })
  @ApiProblems({ 400: [...badRequest, 'invitation_not_pending'], 403: forbidden, 404: notFound })
  revoke(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @Param('org_id', { schema: organizationId }) _path: string,
    @CurrentOrganization() orgId: string,
    @Param('invitation_id', { schema: dto.invitationId }) id: string,
  ): Promise<void> {
    return this.invitations.revoke({ principal, ipAddress, orgId }, id);
  }
}
