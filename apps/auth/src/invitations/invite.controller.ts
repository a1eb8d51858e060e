import { Body, Controller, Header, HttpCode, Ip, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentOrganization, CurrentUser, RequirePermission, Sensitive, type UserPrincipal } from '@parley/auth';
import { ApiProblems, Clock } from '@parley/platform';
import {
  type InvitationDto,
  invitationDto,
  newInvitation,
  type NewInvitation,
  toInvitationDto,
} from './invitations.dto.js';
import { badRequest, inviting } from './invitations.problems.js';
import { InvitationsService } from './invitations.service.js';

@ApiTags('invitations')
@Controller('auth')
export class InviteController {
  constructor(
    private readonly invitations: InvitationsService,
    private readonly clock: Clock,
  ) {}

  @Post('invite')
  @RequirePermission('invitations', 'write')
  @Sensitive()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Invite somebody to the organization, with a role below your own',
    description:
      'An address that is invited already gets another mail with what is asked for now; the earlier link ends.',
  })
  @ApiCreatedResponse({ standardSchema: invitationDto, description: 'A mail with the link is on its way' })
  @ApiProblems({ ...inviting, 400: [...badRequest, 'expiry_time_invalid'] })
  async invite(
    @CurrentUser() principal: UserPrincipal,
    @Ip() ipAddress: string,
    @CurrentOrganization() orgId: string,
    @Body({ schema: newInvitation })
    { email: address, role_id: roleId, message, expiry_time: expiryTime }: NewInvitation,
  ): Promise<InvitationDto> {
    const wanted = { address, roleId, message, expiryTime };
    return toInvitationDto(await this.invitations.invite({ principal, ipAddress, orgId }, wanted), this.clock.date());
  }
}
