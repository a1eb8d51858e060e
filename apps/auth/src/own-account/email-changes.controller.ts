import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, Public, SignedIn, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { type Accepted, accepted, acceptedAnswer } from '../account-requests/accepted.dto.js';
import { CurrentDevice, type Device } from '../devices/device.js';
import { EmailChanges } from './email-changes.js';
import {
  type Done,
  done,
  type EmailChange,
  emailChange,
  type MailedToken,
  mailedTokenOnly,
} from './own-account.dto.js';

const badBody = ['validation_failed', 'unknown_field', 'malformed_json'];
const byToken = {
  400: [...badBody, 'token_invalid'],
  401: ['account_disabled'],
  409: ['email_taken'],
  410: ['token_expired', 'token_used'],
  429: ['too_many_attempts'],
};

@ApiTags('me')
@Controller('auth')
export class EmailChangesController {
  constructor(private readonly changes: EmailChanges) {}

  @Post('change-email')
  @SignedIn()
  @HttpCode(202)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Ask to use another address', description: 'It is used once it was confirmed by its mail.' })
  @ApiAcceptedResponse({ standardSchema: accepted, description: 'A mail is on its way to the new address' })
  @ApiProblems({
    400: badBody,
    403: ['password_incorrect', 'reauthentication_required'],
    429: ['too_many_attempts'],
    503: ['password_checks_busy'],
  })
  async ask(
    @CurrentUser() principal: UserPrincipal,
    @Body({ schema: emailChange }) { email, password }: EmailChange,
    @CurrentDevice() device: Device,
  ): Promise<Accepted> {
    await this.changes.ask(principal, email, password, device);
    return acceptedAnswer();
  }

  @Post('confirm-email-change')
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Confirm a new address, by the token that was mailed to it' })
  @ApiOkResponse({ standardSchema: done, description: 'The account uses it from now on' })
  @ApiProblems(byToken)
  async confirm(
    @Body({ schema: mailedTokenOnly }) { token }: MailedToken,
    @CurrentDevice() device: Device,
  ): Promise<Done> {
    await this.changes.confirm(token, device);
    return { message: 'E-mail address changed' };
  }

  @Post('undo-email-change')
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Bring the earlier address back, by the token that was mailed to it',
    description: 'Works for 72 hours after the change, and ends every login session.',
  })
  @ApiOkResponse({ standardSchema: done, description: 'The account uses the earlier address again' })
  @ApiProblems(byToken)
  async undo(
    @Body({ schema: mailedTokenOnly }) { token }: MailedToken,
    @CurrentDevice() device: Device,
  ): Promise<Done> {
    await this.changes.undo(token, device);
    return { message: 'E-mail address changed back' };
  }
}
