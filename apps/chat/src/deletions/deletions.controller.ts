import { Controller, Delete, HttpCode, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, RequirePermission, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { deletedChatSession, sessionId } from '../chat-sessions/chat-sessions.dto.js';
import { DeletionsService } from './deletions.service.js';

@ApiTags('chat sessions')
@Controller('chat/sessions/:id')
export class DeletionsController {
  constructor(private readonly deletions: DeletionsService) {}

  @Delete()
  @HttpCode(200)
  @RequirePermission('chat', 'write')
  @ApiOperation({ summary: 'Remove a conversation and its messages; an answer that is being given ends' })
  @ApiOkResponse({ standardSchema: deletedChatSession, description: 'It is gone' })
  @ApiProblems({ 404: ['session_not_found'] })
  async delete(@CurrentUser() user: UserPrincipal, @Param('id', { schema: sessionId }) id: string) {
    await this.deletions.delete(user.userId, id);
    return { session_id: id, deleted: true };
  }
}
