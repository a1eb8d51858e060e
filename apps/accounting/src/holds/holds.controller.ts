import { Body, Controller, Get, Headers, HttpStatus, Param, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CallingService, RequireScope } from '@parley/auth';
import { createHold, hold, type Hold, placedHold, type PlacedHold, serviceScopes } from '@parley/contracts';
import { ApiProblems } from '@parley/platform';
import type { FastifyReply } from 'fastify';
import { HoldSubject } from './hold-subject.js';
import { type HoldRequest, toHoldDto, toPlacedHoldDto } from './holds.dto.js';
import { HoldsService } from './holds.service.js';

@ApiTags('holds')
@RequireScope(serviceScopes.holdsWrite)
@Controller('holds')
export class HoldsController {
  constructor(
    private readonly holds: HoldsService,
    private readonly subjects: HoldSubject,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Sets credits aside for one stream',
    description:
      'Held is what the call can cost at most. The account is the one of the user whose access token or API key comes in `X-Subject-Token`, or of the organisation that it is for. ' +
      'The same request again gets the first answer with status 200; GET tells what became of the hold. Nothing is stored of a request that is refused: it is decided anew when it comes again.',
  })
  @ApiHeader({ name: 'X-Subject-Token', required: true, description: "The user's own access token or API key" })
  @ApiCreatedResponse({ standardSchema: placedHold })
  @ApiOkResponse({ standardSchema: placedHold, description: 'The same request was answered before' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json'],
    401: ['token_missing', 'invalid_token', 'token_expired', 'subject_token_missing', 'account_disabled'],
    402: ['insufficient_credits', 'member_cap_reached', 'api_key_cap_reached'],
    403: ['service_token_required', 'insufficient_scope', 'permission_denied'],
    409: ['idempotency_mismatch'],
    422: ['model_not_priced'],
    423: ['account_frozen'],
    429: ['too_many_open_holds'],
    503: ['ledger_busy', 'store_unavailable', 'auth_unavailable'],
  })
  async create(
    @CallingService() service: string,
    @Headers('x-subject-token') subjectToken: string | undefined,
    @Body({ schema: createHold }) request: HoldRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PlacedHold> {
    const subject = await this.subjects.read(subjectToken);
    const { hold: placed, replayed } = await this.holds.create(service, subject, request);
    if (replayed) reply.code(HttpStatus.OK);
    return toPlacedHoldDto(placed);
  }

  @Get(':id')
  @ApiOperation({ summary: 'A hold as it is now' })
  @ApiOkResponse({ standardSchema: hold })
  @ApiProblems({ 404: ['hold_not_found'], 503: ['store_unavailable', 'auth_unavailable'] })
  async read(@CallingService() service: string, @Param('id') holdId: string): Promise<Hold> {
    return toHoldDto(await this.holds.find(service, holdId));
  }
}
