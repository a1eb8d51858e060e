import { Controller, Get, Header, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '@parley/auth';
import {
  securityEventsPage,
  type SecurityEventsPage,
  securityState,
  type SecurityState,
  serviceScopes,
} from '@parley/contracts';
import { ApiProblems } from '@parley/platform';
import type { FastifyReply } from 'fastify';
import { SigningKeysService } from '../keys/signing-keys.service.js';
import { EventLog } from './event-log.js';
import { LiveEvents, overlapMs } from './live-events.js';
import { type FeedQuery, feedQuery } from './security-feed.dto.js';

/** How the other services learn within two seconds that rights have ended or changed. */
@ApiTags('service to service')
@Controller('internal')
export class SecurityFeedController {
  constructor(
    private readonly live: LiveEvents,
    private readonly log: EventLog,
    private readonly keys: SigningKeysService,
  ) {}

  @Get('security-state')
  @RequireScope(serviceScopes.securityEventsRead)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Everything that a service must know before it lets anybody in' })
  @ApiOkResponse({ standardSchema: securityState, description: 'The events in force, and where to go on' })
  async state(): Promise<SecurityState> {
    await this.live.catchUp();
    const page = this.log.all();
    return { ...page, keep_for_ms: this.live.keepForMs, revoked_kids: this.keys.revokedKids() };
  }

  @Get('security-events')
  @RequireScope(serviceScopes.securityEventsRead)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'What has changed since a cursor; held for up to two seconds while nothing has' })
  @ApiOkResponse({ standardSchema: securityEventsPage, description: 'The events, of which some may come again' })
  @ApiProblems({ 400: ['validation_failed', 'unknown_field'] })
  async since(
    @Query({ schema: feedQuery }) { after }: FeedQuery,
    @Res({ passthrough: true }) { raw }: FastifyReply,
  ): Promise<SecurityEventsPage> {
    const gone = new AbortController();
    raw.once('close', () => gone.abort());
    return this.log.since(after, overlapMs, gone.signal);
  }
}
