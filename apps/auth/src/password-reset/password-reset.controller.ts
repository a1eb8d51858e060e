import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { type Accepted, accepted, acceptedAnswer } from '../account-requests/accepted.dto.js';
import { CurrentDevice, type Device } from '../devices/device.js';
import { addressOnly, type AddressOnly } from '../signup/signup.dto.js';
import { type PasswordChanged, passwordChanged, type PasswordReset, passwordReset } from './password-reset.dto.js';
import { PasswordResetService } from './password-reset.service.js';

const badBody = ['validation_failed', 'unknown_field', 'malformed_json'];

@Public()
@ApiTags('accounts')
@Controller('auth')
export class PasswordResetController {
  constructor(private readonly resets: PasswordResetService) {}

  @Post('forgot-password')
  @HttpCode(202)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Ask for a link to choose a new password', description: 'At most three mails an hour.' })
  @ApiAcceptedResponse({ standardSchema: accepted, description: 'A mail is on its way' })
  @ApiProblems({ 400: badBody })
  async forgot(
    @Body({ schema: addressOnly }) { email }: AddressOnly,
    @CurrentDevice() device: Device,
  ): Promise<Accepted> {
    await this.resets.ask(email, device);
    return acceptedAnswer();
  }

  @Post('reset-password')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Choose a new password, by the token that was mailed',
    description: 'Ends all login sessions and signs nobody in.',
  })
  @ApiOkResponse({ standardSchema: passwordChanged, description: 'Sign in with it' })
  @ApiProblems({
    400: [
      ...badBody,
      'token_invalid',
      'password_too_short',
      'password_too_long',
      'password_common',
      'password_contextual',
    ],
    401: ['account_disabled'],
    410: ['token_expired', 'token_used'],
    429: ['too_many_attempts'],
    503: ['password_checks_busy'],
  })
  async reset(
    @Body({ schema: passwordReset }) { token, password }: PasswordReset,
    @CurrentDevice() device: Device,
  ): Promise<PasswordChanged> {
    await this.resets.reset(token, password, device);
    return { message: 'Password reset successful' };
  }
}
