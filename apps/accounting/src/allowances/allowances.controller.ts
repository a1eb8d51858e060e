import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CallingService, RequireScope } from '@parley/auth';
import { type GrantAllowance, grantAllowance, serviceScopes } from '@parley/contracts';
import { ApiProblems } from '@parley/platform';
import { type Allowance, allowance, toAllowanceDto } from './allowances.dto.js';
import { AllowancesService } from './allowances.service.js';

@ApiTags('service to service')
@Controller('internal/allowances')
export class AllowancesController {
  constructor(private readonly allowances: AllowancesService) {}

  @Post()
  @HttpCode(200)
  @RequireScope(serviceScopes.allowancesGrant)
  @ApiOperation({ summary: 'Give a new visitor something to spend, once' })
  @ApiOkResponse({ standardSchema: allowance, description: 'The entry, the same however often it is asked for' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json'],
    409: ['idempotency_mismatch'],
    422: ['balance_limit'],
    423: ['account_frozen'],
    503: ['ledger_busy', 'store_unavailable'],
  })
  async grant(
    @CallingService() service: string,
    @Body({ schema: grantAllowance }) request: GrantAllowance,
  ): Promise<Allowance> {
    return toAllowanceDto((await this.allowances.grant(service, request)).entry);
  }
}
