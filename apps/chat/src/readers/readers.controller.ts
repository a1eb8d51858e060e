import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import { CurrentUser, RequirePermission, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import type { FastifyReply } from 'fastify';
import { sessionId } from '../chat-sessions/chat-sessions.dto.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { readCursor } from './cursor.js';
import { ReaderSeats } from './reader-seats.js';
import { SseWriter } from './sse-writer.js';
import { StreamReader } from './stream-reader.js';
import { type ReplayQuery, replayQuery, streamId, streamStatusDto, toStreamStatusDto } from './readers.dto.js';
import { ReadersService } from './readers.service.js';

@ApiTags('streams')
@Controller('chat/sessions/:id/streams')
export class ReadersController {
  constructor(
    private readonly readers: ReadersService,
    private readonly seats: ReaderSeats,
    private readonly streamReader: StreamReader,
  ) {}

  @Get('active')
  @RequirePermission('chat', 'stream')
  @ApiOperation({ summary: 'The answer that is being given right now' })
  @ApiOkResponse({ standardSchema: streamStatusDto, description: 'Its state' })
  @ApiProblems({ 404: ['session_not_found', 'stream_not_found'] })
  async active(@CurrentUser() user: UserPrincipal, @Param('id', { schema: sessionId }) id: string) {
    return this.describe(await this.readers.findActive(user.userId, id));
  }

  @Get(':stream_id/status')
  @RequirePermission('chat', 'stream')
  @ApiOperation({ summary: 'How far a stream is, or how it ended' })
  @ApiOkResponse({ standardSchema: streamStatusDto, description: 'Its state' })
  @ApiProblems({ 404: ['session_not_found', 'stream_not_found'] })
  async status(
    @CurrentUser() user: UserPrincipal,
    @Param('id', { schema: sessionId }) id: string,
    @Param('stream_id', { schema: streamId }) stream: string,
  ) {
    return this.describe(await this.readers.find(user.userId, id, stream));
  }

  @Get(':stream_id')
  @RequirePermission('chat', 'stream')
  @ApiOperation({ summary: 'Read a stream: what there is after the cursor, then live to its end' })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ description: 'Server-sent events `start`, `chunk`, `error`, `done`' })
  @ApiProblems({
    400: ['cursor_mismatch', 'cursor_invalid'],
    404: ['session_not_found', 'stream_not_found'],
    409: ['cursor_ahead'],
    410: ['stream_log_expired'],
    429: ['too_many_readers'],
  })
  async read(
    @CurrentUser() user: UserPrincipal,
    @Param('id', { schema: sessionId }) id: string,
    @Param('stream_id', { schema: streamId }) stream: string,
    @Query({ schema: replayQuery }) { after }: ReplayQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const afterSeq = readCursor(stream, after, lastEventId);
    const record = await this.readers.find(user.userId, id, stream);
    await this.seats.during(user.userId, false, async () => {
      const source = await this.readers.open(record, afterSeq);
      if (source.over && afterSeq > 0 && afterSeq === source.lastSeq) {
        // EventSource stops for good on 204 (HTML standard, 9.2.2).
        return void reply.code(204).send();
      }
      const writer = SseWriter.open(reply, { 'x-streaming-session-id': stream });
      await this.streamReader.serve(source, writer, user, afterSeq);
    });
  }

  private async describe(record: StreamRecord) {
    return toStreamStatusDto(record, await this.readers.lastSeq(record));
  }
}
