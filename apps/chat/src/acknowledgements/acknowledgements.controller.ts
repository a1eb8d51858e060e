import { Body, Controller, HttpCode, Param, Post, UseFilters } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, RequirePermission, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { sessionId } from '../chat-sessions/chat-sessions.dto.js';
import { acknowledgementDto, type UpdateStream, updateStream } from './acknowledgements.dto.js';
import { AcknowledgementsService } from './acknowledgements.service.js';
import { RefusedReportsFilter } from './refused-reports.filter.js';

@ApiTags('streams')
@Controller('chat/sessions/:id/update-stream')
@UseFilters(RefusedReportsFilter)
export class AcknowledgementsController {
  constructor(private readonly acknowledgements: AcknowledgementsService) {}

  @Post()
  @HttpCode(200)
  @RequirePermission('chat', 'stream')
  @ApiOperation({ summary: 'Report a finished answer with the id it came with' })
  @ApiOkResponse({ standardSchema: acknowledgementDto, description: 'Taken; `message` has the text that counts' })
  @ApiProblems({
    400: ['stream_id_missing', 'stream_id_malformed', 'stream_id_mismatch', 'validation_failed', 'unknown_field'],
    409: ['stream_in_progress'],
    413: ['body_too_large'],
  })
  report(
    @CurrentUser() user: UserPrincipal,
    @Param('id', { schema: sessionId }) id: string,
    @Body({ schema: updateStream }) body: UpdateStream,
  ) {
    return this.acknowledgements.acknowledge(user.userId, id, body);
  }
}
