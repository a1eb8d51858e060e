import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { AccessToken, CurrentUser, RequirePermission, type UserPrincipal } from '@parley/auth';
import { ApiProblems, IdempotencyKey } from '@parley/platform';
import type { FastifyReply } from 'fastify';
import { sessionId } from '../chat-sessions/chat-sessions.dto.js';
import { ReaderSeats } from '../readers/reader-seats.js';
import { SseWriter } from '../readers/sse-writer.js';
import { StreamReader } from '../readers/stream-reader.js';
import { ReadersService } from '../readers/readers.service.js';
import { type StartStream, startStream } from './answers.dto.js';
import { AnswersService } from './answers.service.js';

@ApiTags('streams')
@Controller('chat/sessions/:id/stream')
export class AnswersController {
  constructor(
    private readonly answers: AnswersService,
    private readonly readers: ReadersService,
    private readonly seats: ReaderSeats,
    private readonly streamReader: StreamReader,
  ) {}

  @Post()
  @HttpCode(200)
  @RequirePermission('chat', 'stream')
  @ApiOperation({ summary: 'Ask, and get the answer as a stream' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'Repeats with the same key attach to the same answer',
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({
    description: 'Server-sent events `start`, `chunk`, `error`, `done`',
    headers: {
      'X-Streaming-Session-Id': { description: 'The id to report the answer with', schema: { type: 'string' } },
      'X-Stream-Replayed': { description: '`true` when the key was used before', schema: { type: 'string' } },
    },
  })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json', 'idempotency_key_invalid'],
    402: ['insufficient_credits', 'member_cap_reached'],
    403: ['permission_denied', 'model_not_allowed', 'org_mismatch', 'membership_inactive', 'organization_suspended'],
    404: ['session_not_found'],
    409: ['stream_already_active'],
    422: ['idempotency_key_reused', 'model_not_found', 'model_not_priced', 'max_tokens_too_large', 'content_too_long'],
    423: ['account_frozen'],
    429: ['too_many_streams', 'too_many_open_holds', 'too_many_readers'],
    503: ['stream_store_unavailable', 'accounting_unavailable', 'models_unavailable', 'draining'],
  })
  async start(
    @CurrentUser() user: UserPrincipal,
    @AccessToken() accessToken: string,
    @Param('id', { schema: sessionId }) id: string,
    @Body({ schema: startStream }) body: StartStream,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const request = {
      user,
      accessToken,
      sessionId: id,
      body,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    };
    const { record, replayed } = await this.answers.start(request);
    await this.seats.during(user.userId, !replayed, async () => {
      const source = await this.readers.open(record, 0);
      const writer = SseWriter.open(reply, {
        'x-streaming-session-id': record._id,
        ...(replayed ? { 'x-stream-replayed': 'true' } : {}),
      });
      await this.streamReader.serve(source, writer, user, 0);
    });
  }
}
