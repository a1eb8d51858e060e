import { Body, Controller, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, RequirePermission, Sensitive, type UserPrincipal } from '@parley/auth';
import { ApiProblems, IdempotencyKey } from '@parley/platform';
import type { FastifyReply } from 'fastify';
import {
  type Allocation,
  allocation,
  type CreateAllocation,
  createAllocation,
  toAllocationDto,
} from './allocations.dto.js';
import { AllocationsService } from './allocations.service.js';

@ApiTags('credits')
@Controller('credits/allocations')
export class AllocationsController {
  constructor(private readonly allocations: AllocationsService) {}

  @Post()
  @RequirePermission('credits', 'allocate')
  @Sensitive()
  @ApiOperation({
    summary: 'Gives credits to a user or an organisation',
    description:
      'With an `Idempotency-Key` a repeated request gets the first answer again, with `Idempotency-Replayed: true`, and moves nothing.',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: '1 to 255 visible ASCII characters' })
  @ApiCreatedResponse({ standardSchema: allocation })
  @ApiProblems({
    400: ['amount_invalid', 'validation_failed', 'unknown_field', 'malformed_json', 'idempotency_key_invalid'],
    403: ['permission_denied', 'user_token_required'],
    404: ['user_not_found', 'organization_not_found'],
    409: ['idempotency_mismatch'],
    422: ['balance_limit', 'account_already_used', 'expires_in_the_past'],
    423: ['account_frozen'],
    503: ['ledger_busy', 'store_unavailable', 'auth_unavailable'],
  })
  async create(
    @CurrentUser() actor: UserPrincipal,
    @Body({ schema: createAllocation }) request: CreateAllocation,
    @IdempotencyKey() key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Allocation> {
    const { entry, replayed } = await this.allocations.allocate(actor.userId, request, key);
    if (replayed) reply.header('idempotency-replayed', 'true');
    return toAllocationDto(entry);
  }
}
