import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@parley/auth';
import { serviceScopes } from '@parley/contracts';
import { ApiProblems } from '@parley/platform';
import type { FastifyReply } from 'fastify';
import { ledgerHealth, type LedgerHealthReport, toLedgerHealthDto } from './ledger-health.dto.js';
import { LedgerHealthService } from './ledger-health.service.js';

@ApiTags('health')
@Controller('health')
export class LedgerHealthController {
  constructor(private readonly health: LedgerHealthService) {}

  @Get('ledger')
  @RequirePermission('ledger', 'audit', { orScope: serviceScopes.holdsWrite })
  @ApiOperation({
    summary: 'Whether the books add up and holds are ended in time',
    description:
      'For services and administrators. 503, with the same members, while there is drift that nobody has put right or a hold is ' +
      'overdue for more than two minutes.',
  })
  @ApiOkResponse({ standardSchema: ledgerHealth })
  @ApiResponse({ status: 503, standardSchema: ledgerHealth, description: 'Somebody has to look' })
  @ApiProblems({ 403: ['permission_denied', 'insufficient_scope'] })
  async read(@Res({ passthrough: true }) reply: FastifyReply): Promise<LedgerHealthReport> {
    const { isWell, ...state } = await this.health.read();
    if (!isWell) reply.code(503).header('retry-after', '60');
    return toLedgerHealthDto(state);
  }
}
