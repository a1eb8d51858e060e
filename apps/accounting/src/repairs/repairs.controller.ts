import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, RequirePermission, Sensitive, type UserPrincipal } from '@parley/auth';
import { ApiProblems, IdempotencyKey } from '@parley/platform';
import type { FastifyReply } from 'fastify';
import { type CreateRepair, createRepair, type Repair, repair, toRepairDto } from './repairs.dto.js';
import { RepairsService } from './repairs.service.js';

@ApiTags('ledger')
@Controller('ledger/repair')
export class RepairsController {
  constructor(private readonly repairs: RepairsService) {}

  @Post(':account_id')
  @RequirePermission('credits', 'adjust')
  @Sensitive()
  @ApiOperation({
    summary: 'Puts a frozen account right, and back into use',
    description:
      'What the account says is taken from its entries; one more entry tells who did it, why, and what was changed. When the entries ' +
      'and holds do not add up themselves nothing is changed, and `books_broken` names in `drift` what is wrong. What the last full ' +
      'reconciliation said about the books as a whole stands until the next one, which POST /ledger/reconcile begins.',
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: '1 to 255 visible ASCII characters' })
  @ApiCreatedResponse({ standardSchema: repair })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json', 'idempotency_key_invalid'],
    403: ['permission_denied', 'user_token_required'],
    404: ['account_not_found'],
    409: ['account_not_frozen', 'books_broken', 'idempotency_mismatch'],
    503: ['ledger_busy', 'store_unavailable', 'auth_unavailable'],
  })
  async create(
    @CurrentUser() actor: UserPrincipal,
    @Param('account_id') accountId: string,
    @Body({ schema: createRepair }) { reason }: CreateRepair,
    @IdempotencyKey() key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Repair> {
    const { entry, replayed } = await this.repairs.repair(actor.userId, accountId, reason, key);
    if (replayed) reply.header('idempotency-replayed', 'true');
    return toRepairDto(entry);
  }
}
