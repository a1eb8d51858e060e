import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, RequirePermission, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { ReconRunsService } from './recon-runs.service.js';
import { type ReconRun, reconRun, startRun, type StartRun, toReconRunDto } from './reconciliation.dto.js';
import { ReconciliationService } from './reconciliation.service.js';

const unavailable = ['store_unavailable', 'auth_unavailable', 'ledger_busy'];
const forbidden = ['permission_denied', 'user_token_required'];

@ApiTags('ledger')
@Controller('ledger')
export class ReconciliationController {
  constructor(
    private readonly reconciliation: ReconciliationService,
    private readonly runs: ReconRunsService,
  ) {}

  @Post('reconcile')
  @HttpCode(202)
  @RequirePermission('ledger', 'audit')
  @ApiOperation({
    summary: 'Begins to check the books',
    description:
      'An account whose books do not add up is frozen (423) until a person has looked at it; nothing is repaired. Without a body ' +
      'the run is a full one.',
  })
  @ApiAcceptedResponse({ standardSchema: reconRun })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json'],
    403: forbidden,
    409: ['run_in_progress'],
    503: unavailable,
  })
  async start(
    @CurrentUser() actor: UserPrincipal,
    @Body({ schema: startRun.optional() }) request: StartRun | undefined,
  ): Promise<ReconRun> {
    return toReconRunDto(await this.reconciliation.start(actor.userId, request?.scope ?? 'full'));
  }

  @Get('reconcile/:run')
  @RequirePermission('ledger', 'audit')
  @ApiOperation({ summary: 'What a run has found' })
  @ApiOkResponse({ standardSchema: reconRun })
  @ApiProblems({ 403: forbidden, 404: ['run_not_found'], 503: unavailable })
  async read(@Param('run') runId: string): Promise<ReconRun> {
    return toReconRunDto(await this.runs.find(runId));
  }
}
