import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '@parley/auth';
import { type GiveStartingBalance, giveStartingBalance, serviceScopes } from '@parley/contracts';
import { ApiProblems } from '@parley/platform';
import { accountIdOf } from '../ledger/account.schema.js';
import { type StartingBalance, startingBalance, toStartingBalanceDto } from './credit-rules.dto.js';
import { StartingBalancesService } from './starting-balances.service.js';

@ApiTags('service to service')
@Controller('internal/starting-balances')
export class StartingBalancesController {
  constructor(private readonly startingBalances: StartingBalancesService) {}

  @Post()
  @HttpCode(200)
  @RequireScope(serviceScopes.allowancesGrant)
  @ApiOperation({ summary: 'Give a new user what new users begin with, once' })
  @ApiOkResponse({ standardSchema: startingBalance, description: 'What they were given, however often it is asked' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json'],
    423: ['account_frozen'],
    503: ['ledger_busy', 'store_unavailable'],
  })
  async give(@Body({ schema: giveStartingBalance }) { user_id }: GiveStartingBalance): Promise<StartingBalance> {
    return toStartingBalanceDto(accountIdOf(user_id), await this.startingBalances.give(user_id));
  }
}
