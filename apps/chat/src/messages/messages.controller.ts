import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, RequirePermission, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { sessionId } from '../chat-sessions/chat-sessions.dto.js';
import { ChatSessionsService } from '../chat-sessions/chat-sessions.service.js';
import { messageList, type MessagesQuery, messagesQuery, toMessageDto } from './messages.dto.js';
import { MessagesService } from './messages.service.js';

@ApiTags('chat sessions')
@Controller('chat/sessions/:id/messages')
export class MessagesController {
  constructor(
    private readonly chatSessions: ChatSessionsService,
    private readonly messages: MessagesService,
  ) {}

  @Get()
  @RequirePermission('chat', 'read')
  @ApiOperation({ summary: 'The conversation, oldest message first' })
  @ApiOkResponse({ standardSchema: messageList, description: 'One page' })
  @ApiProblems({ 400: ['validation_failed'], 404: ['session_not_found'] })
  async list(
    @CurrentUser() user: UserPrincipal,
    @Param('id', { schema: sessionId }) id: string,
    @Query({ schema: messagesQuery }) { limit, cursor }: MessagesQuery,
  ) {
    await this.chatSessions.get(user.userId, id);
    const { messages, nextCursor } = await this.messages.list(id, Number(cursor ?? 0), limit);
    return { data: messages.map(toMessageDto), next_cursor: nextCursor };
  }
}
