import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clearedCookie, refreshCookieName, setCookies } from '../devices/cookies.js';
import { CrossSite } from './cross-site.js';
import { LogoutService } from './logout.service.js';
import { type LogoutRequest, logoutRequest } from './refresh.dto.js';

const problems = {
  400: ['validation_failed', 'unknown_field', 'malformed_json', 'invalid_request'],
  401: ['token_missing', 'invalid_token', 'token_expired', 'account_disabled', 'invalid_refresh_token'],
  403: ['csrf', 'user_token_required'],
};

/** Signing out works with what a client still has: the cookie, a refresh token in the body, or an access token. */
@ApiTags('sign-in')
@ApiBearerAuth('access_token')
@Controller('auth')
export class LogoutController {
  constructor(
    private readonly logout: LogoutService,
    private readonly crossSite: CrossSite,
  ) {}

  @Post('logout')
  @Public()
  @HttpCode(204)
  @ApiOperation({ summary: 'End this session: its tokens are void in all services' })
  @ApiNoContentResponse({ description: 'It is over, and was perhaps before' })
  @ApiProblems(problems)
  async logOut(
    @Body({ schema: logoutRequest }) body: LogoutRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    this.crossSite.refuse(request);
    await this.logout.one(body, request);
    setCookies(reply, [clearedCookie(refreshCookieName)]);
  }

  @Post('logout-all')
  @Public()
  @HttpCode(204)
  @ApiOperation({ summary: 'End all your sessions, on every device' })
  @ApiNoContentResponse({ description: 'They are over' })
  @ApiProblems(problems)
  async logOutEverywhere(
    @Body({ schema: logoutRequest }) body: LogoutRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    this.crossSite.refuse(request);
    await this.logout.all(body, request);
    setCookies(reply, [clearedCookie(refreshCookieName)]);
  }
}
