import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, RequirePermission, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { UserLimitsService } from '../user-limits/user-limits.service.js';
import {
  type ChangeChatSession,
  changeChatSession,
  chatSessionDto,
  chatSessionList,
  type CreateChatSession,
  createChatSession,
  type ListQuery,
  listQuery,
  sessionId,
  toChatSessionDto,
} from './chat-sessions.dto.js';
import { ChatSessionsService } from './chat-sessions.service.js';

@ApiTags('chat sessions')
@Controller('chat/sessions')
export class ChatSessionsController {
  constructor(
    private readonly sessions: ChatSessionsService,
    private readonly limits: UserLimitsService,
  ) {}

  @Post()
  @RequirePermission('chat', 'write')
  @ApiOperation({ summary: 'Begin a conversation' })
  @ApiCreatedResponse({ standardSchema: chatSessionDto, description: 'The new session' })
  @ApiProblems({ 400: ['validation_failed', 'unknown_field', 'malformed_json'], 429: ['too_many_sessions'] })
  async create(@CurrentUser() user: UserPrincipal, @Body({ schema: createChatSession }) body: CreateChatSession) {
    await this.limits.countNewSession(user.userId);
    return toChatSessionDto(await this.sessions.create(user.userId, body));
  }

  @Get()
  @RequirePermission('chat', 'read')
  @ApiOperation({ summary: 'Your conversations, newest first' })
  @ApiOkResponse({ standardSchema: chatSessionList, description: 'One page' })
  @ApiProblems({ 400: ['validation_failed', 'cursor_invalid'] })
  async list(@CurrentUser() user: UserPrincipal, @Query({ schema: listQuery }) query: ListQuery) {
    const { sessions, nextCursor } = await this.sessions.list(user.userId, query);
    return { data: sessions.map(toChatSessionDto), next_cursor: nextCursor };
  }

  @Get(':id')
  @RequirePermission('chat', 'read')
  @ApiOperation({ summary: 'One conversation' })
  @ApiOkResponse({ standardSchema: chatSessionDto, description: 'The session' })
  @ApiProblems({ 404: ['session_not_found'] })
  async get(@CurrentUser() user: UserPrincipal, @Param('id', { schema: sessionId }) id: string) {
    return toChatSessionDto(await this.sessions.get(user.userId, id));
  }

  @Patch(':id')
  @RequirePermission('chat', 'write')
  @ApiOperation({ summary: 'Rename a conversation or choose its model' })
  @ApiOkResponse({ standardSchema: chatSessionDto, description: 'The session as it is now' })
  @ApiProblems({ 400: ['validation_failed', 'unknown_field', 'malformed_json'], 404: ['session_not_found'] })
  async change(
    @CurrentUser() user: UserPrincipal,
    @Param('id', { schema: sessionId }) id: string,
    @Body({ schema: changeChatSession }) body: ChangeChatSession,
  ) {
    return toChatSessionDto(await this.sessions.change(user.userId, id, body));
  }
}
