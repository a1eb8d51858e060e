import { Body, Controller, Header, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@parley/auth';
import { ApiProblems, DomainError } from '@parley/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clearedCookie, refreshCookieName, setCookies } from '../devices/cookies.js';
import { CurrentDevice, type Device } from '../devices/device.js';
import { CrossSite } from './cross-site.js';
import { type LoginAnswer, loginAnswer } from '../login-sessions/login-sessions.dto.js';
import { type RefreshRequest, refreshRequest } from './refresh.dto.js';
import { RefreshErrors } from '../login-sessions/refresh.errors.js';
import { RefreshService } from './refresh.service.js';
import { presentedToken } from './presented-token.js';

@ApiTags('sign-in')
@Controller('auth/refresh')
export class RefreshController {
  constructor(
    private readonly refreshes: RefreshService,
    private readonly crossSite: CrossSite,
  ) {}

  @Post()
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Renew the session: a new access token and a new refresh token',
    description:
      'A browser sends its cookie and `{}`, a native client its refresh token. Each is good for one renewal.',
  })
  @ApiOkResponse({ standardSchema: loginAnswer, description: 'As for a sign-in' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json'],
    401: [
      'refresh_token_missing',
      'invalid_refresh_token',
      'session_expired',
      'session_revoked',
      'refresh_reuse',
      'account_disabled',
    ],
    403: ['csrf'],
    503: ['session_busy'],
  })
  async refresh(
    @Body({ schema: refreshRequest }) body: RefreshRequest,
    @CurrentDevice() device: Device,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LoginAnswer> {
    this.crossSite.refuse(request);
    const presented = presentedToken(body, request.headers.cookie);
    if (!presented) throw RefreshErrors.missing();
    try {
      const { answer, cookies } = await this.refreshes.refresh(presented.token, presented.client, device);
      setCookies(reply, cookies);
      return answer;
    } catch (error) {
      // In no other case: an answer that comes late must not take away the cookie of a newer session.
      if (presented.client === 'browser' && isReuse(error)) setCookies(reply, [clearedCookie(refreshCookieName)]);
      throw error;
    }
  }
}

const isReuse = (error: unknown): boolean => error instanceof DomainError && error.code === 'refresh_reuse';
