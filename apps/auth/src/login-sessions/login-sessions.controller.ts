import { Body, Controller, Header, Headers, HttpCode, Ip, Post } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { AccessTokensService } from './access-tokens.service.js';
import { type Login, login, type LoginAnswer, loginAnswer, toLoginAnswer } from './login-sessions.dto.js';
import { LoginSessionsService } from './login-sessions.service.js';

@ApiTags('sign-in')
@Controller('auth')
export class LoginSessionsController {
  constructor(
    private readonly loginSessions: LoginSessionsService,
    private readonly tokens: AccessTokensService,
  ) {}

  @Post('login')
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Sign in with an e-mail address or a username' })
  @ApiHeader({ name: 'user-agent', required: false, description: 'Names the device in the list of login sessions' })
  @ApiOkResponse({ standardSchema: loginAnswer, description: 'An access token, and who you are' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json'],
    401: ['invalid_credentials', 'account_disabled'],
    403: ['email_not_verified'],
    404: ['organization_not_found'],
    429: ['too_many_attempts'],
    503: ['password_checks_busy'],
  })
  async logIn(
    @Body({ schema: login }) attempt: Login,
    @Ip() ipAddress: string,
    @Headers('user-agent') userAgent?: string,
  ): Promise<LoginAnswer> {
    const { user, loginSession } = await this.loginSessions.logIn(attempt, { ipAddress, userAgent });
    return toLoginAnswer(user, this.tokens.issue(user, loginSession));
  }
}
