import { Body, Controller, Header, HttpCode, Post, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import type { FastifyReply } from 'fastify';
import { setCookies } from '../devices/cookies.js';
import { CurrentDevice, type Device } from '../devices/device.js';
import { signInAnswer, type SignInStep } from '../factor-sign-in/factor-sign-in.dto.js';
import { type Login, login } from './password-login.dto.js';
import { PasswordLoginService } from './password-login.service.js';

@ApiTags('sign-in')
@Controller('auth/login')
export class PasswordLoginController {
  constructor(private readonly passwordLogin: PasswordLoginService) {}

  @Post()
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Sign in with an e-mail address or a username',
    description:
      'A browser gets the refresh token as the cookie `__Host-rt`; with `client: "native"` it is in the body instead.',
  })
  @ApiHeader({ name: 'user-agent', required: false, description: 'Names the device in the list of login sessions' })
  @ApiOkResponse({
    standardSchema: signInAnswer,
    description: 'An access token, and who you are; or the factor that is due',
  })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json'],
    401: ['invalid_credentials', 'account_disabled', 'credential_changed'],
    403: ['email_not_verified'],
    404: ['organization_not_found'],
    429: ['too_many_attempts'],
    503: ['password_checks_busy'],
  })
  async logIn(
    @Body({ schema: login }) attempt: Login,
    @CurrentDevice() device: Device,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignInStep> {
    const { answer, cookies } = await this.passwordLogin.logIn(attempt, device);
    setCookies(reply, cookies);
    return answer;
  }
}
