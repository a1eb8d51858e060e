import { Body, Controller, Header, Headers, HttpCode, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { type Accepted, accepted, acceptedAnswer } from '../account-requests/accepted.dto.js';
import { CurrentDevice, type Device } from '../devices/device.js';
import {
  addressOnly,
  type AddressOnly,
  languageOf,
  type Signup,
  signup,
  type Verification,
  verification,
  type Verified,
  verified,
} from './signup.dto.js';
import { SignupService } from './signup.service.js';

const badBody = ['validation_failed', 'unknown_field', 'malformed_json'];

@Public()
@ApiTags('accounts')
@Controller('auth')
export class SignupController {
  constructor(private readonly signups: SignupService) {}

  @Post('signup')
  @HttpCode(202)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Ask for an account',
    description: 'The answer is the same whether or not the address has an account; what comes of it is told by mail.',
  })
  @ApiHeader({ name: 'accept-language', required: false, description: 'The language of mails' })
  @ApiAcceptedResponse({ standardSchema: accepted, description: 'A mail is on its way' })
  @ApiProblems({
    400: [...badBody, 'password_too_short', 'password_too_long', 'password_common', 'password_contextual'],
    403: ['signup_closed', 'signup_by_invitation'],
    429: ['too_many_attempts'],
    503: ['password_checks_busy'],
  })
  async signUp(
    @Body({ schema: signup }) wanted: Signup,
    @CurrentDevice() device: Device,
    @Headers('accept-language') languages?: string,
  ): Promise<Accepted> {
    await this.signups.signUp(wanted, wanted.language ?? languageOf(languages), device);
    return acceptedAnswer();
  }

  @Post('verify-email')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Show that an address is yours, by the token that was mailed to it' })
  @ApiOkResponse({ standardSchema: verified, description: 'You can sign in' })
  @ApiProblems({ 400: [...badBody, 'token_invalid'], 410: ['token_expired', 'token_used'], 429: ['too_many_attempts'] })
  async verify(
    @Body({ schema: verification }) { token }: Verification,
    @CurrentDevice() device: Device,
  ): Promise<Verified> {
    await this.signups.verify(token, device);
    return { email_verified: true };
  }

  @Post('resend-verification')
  @HttpCode(202)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Ask for the mail with the token once more' })
  @ApiAcceptedResponse({ standardSchema: accepted, description: 'A mail is on its way' })
  @ApiProblems({ 400: badBody })
  async resend(
    @Body({ schema: addressOnly }) { email }: AddressOnly,
    @CurrentDevice() device: Device,
  ): Promise<Accepted> {
    await this.signups.resend(email, device);
    return acceptedAnswer();
  }
}
