import { Body, Controller, Get, Header, Headers, HttpCode, Ip, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { CurrentUser, Public, SignedIn, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { CurrentDevice, type Device } from '../devices/device.js';
import { languageOf } from '../signup/signup.dto.js';
import * as dto from './invitation-answers.dto.js';
import { InvitationAnswers } from './invitation-answers.service.js';
import { presented } from '../invitations/invitations.problems.js';
import { InvitedSignups } from './invited-signups.js';

const badBody = ['validation_failed', 'unknown_field', 'malformed_json', 'org_mismatch'];

/** For whoever holds the token of an invitation. Only POST changes anything, so a link that a mail scanner opens is still good. */
@ApiTags('invitations')
@Controller('auth')
export class InvitationAnswersController {
  constructor(
    private readonly answers: InvitationAnswers,
    private readonly signups: InvitedSignups,
  ) {}

  @Get('signup-invite')
  @Public()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Whom an invitation is for, and to which organization' })
  @ApiOkResponse({ standardSchema: dto.shownInvitation, description: 'Invitation valid' })
  @ApiProblems({ 400: ['validation_failed', 'unknown_field'], ...presented })
  show(
    @Query({ schema: dto.shownInvitationQuery }) { token }: dto.ShownInvitationQuery,
    @Ip() ipAddress: string,
  ): Promise<dto.ShownInvitation> {
    return this.answers.show(token, ipAddress);
  }

  @Post('signup-invite')
  @Public()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Make an account by an invitation and join its organization',
    description: 'The address counts as verified, since the token came to it. Then sign in.',
  })
  @ApiHeader({ name: 'accept-language', required: false, description: 'The language of mails' })
  @ApiCreatedResponse({ standardSchema: dto.invitedUser, description: 'Signup with invitation successful' })
  @ApiProblems({
    ...presented,
    400: [
      ...badBody,
      'email_mismatch',
      'password_too_short',
      'password_too_long',
      'password_common',
      'password_contextual',
    ],
    403: ['signup_closed'],
    409: ['account_exists', 'already_member'],
    503: ['password_checks_busy'],
  })
  async signUp(
    @Body({ schema: dto.invitedSignup }) wanted: dto.InvitedSignup,
    @CurrentDevice() device: Device,
    @Headers('accept-language') accepted?: string,
  ): Promise<dto.InvitedUser> {
    const language = wanted.language ?? languageOf(accepted);
    const { _id: id, email, first_name, last_name, org_id } = await this.signups.signUp(wanted, language, device);
    return { id, email, first_name, last_name, org_id };
  }

  @Post('accept-invite')
  @SignedIn({ anyOrganization: true })
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Join the organization of an invitation, with the account that you are signed in to' })
  @ApiOkResponse({ standardSchema: dto.joined, description: 'Invitation accepted successfully' })
  @ApiProblems({
    ...presented,
    400: badBody,
    403: ['email_mismatch', 'email_unverified', 'account_required'],
    409: ['already_member'],
  })
  accept(
    @CurrentUser() { userId }: UserPrincipal,
    @Ip() ipAddress: string,
    @Body({ schema: dto.invitationAnswer }) answer: dto.InvitationAnswer,
  ): Promise<dto.Joined> {
    return this.answers.accept(userId, answer, ipAddress);
  }

  @Post('decline-invite')
  @Public()
  @HttpCode(204)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Decline an invitation, with or without an account' })
  @ApiNoContentResponse({ description: 'Invitation rejected successfully' })
  @ApiProblems({ ...presented, 400: badBody })
  decline(
    @Body({ schema: dto.invitationAnswer }) answer: dto.InvitationAnswer,
    @Ip() ipAddress: string,
  ): Promise<void> {
    return this.answers.decline(answer, ipAddress);
  }
}
