import { Controller, Delete, Get, Header, HttpCode, Inject, Ip, Param, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, SignedIn, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import {
  loginSessionList,
  type LoginSessionList,
  sessionId,
  type SessionsQuery,
  sessionsQuery,
  toLoginSessionDto,
} from './own-sessions.dto.js';
import { OwnSessionsService } from './own-sessions.service.js';
import { REFRESH_LIFE, type RefreshLife } from '../login-sessions/refresh-life.js';

@ApiTags('login sessions')
@Controller('auth/sessions')
export class OwnSessionsController {
  constructor(
    private readonly ownSessions: OwnSessionsService,
    @Inject(REFRESH_LIFE) private readonly life: RefreshLife,
  ) {}

  @Get()
  @SignedIn()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Where you are signed in, newest first' })
  @ApiOkResponse({ standardSchema: loginSessionList, description: 'Your live sessions' })
  @ApiProblems({ 400: ['validation_failed', 'cursor_invalid'] })
  async list(
    @CurrentUser() { userId, loginSessionId }: UserPrincipal,
    @Query({ schema: sessionsQuery }) query: SessionsQuery,
  ): Promise<LoginSessionList> {
    const { page, next } = await this.ownSessions.list(userId, query);
    return { data: page.map((session) => toLoginSessionDto(session, loginSessionId, this.life)), next_cursor: next };
  }

  @Delete()
  @SignedIn()
  @HttpCode(204)
  @ApiOperation({ summary: 'End all your sessions but this one' })
  @ApiNoContentResponse({ description: 'They are over' })
  async endOthers(@CurrentUser() { userId, loginSessionId }: UserPrincipal, @Ip() ipAddress: string): Promise<void> {
    await this.ownSessions.endOthers({ userId, ipAddress }, loginSessionId);
  }

  @Delete(':sid')
  @SignedIn()
  @HttpCode(204)
  @ApiOperation({ summary: 'End one of your sessions' })
  @ApiNoContentResponse({ description: 'It is over' })
  @ApiProblems({ 400: ['validation_failed'], 404: ['session_not_found'] })
  async end(
    @CurrentUser() { userId }: UserPrincipal,
    @Param('sid', { schema: sessionId }) sid: string,
    @Ip() ipAddress: string,
  ): Promise<void> {
    await this.ownSessions.end({ userId, ipAddress }, sid);
  }
}
