import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, SignedIn, type UserPrincipal } from '@parley/auth';
import { ApiProblems, Clock } from '@parley/platform';
import { AccountAccess } from './account-access.js';
import { type Balance, balance, type BalanceQuery, balanceQuery, toBalanceDto } from './accounts.dto.js';
import { AccountsService } from '../ledger/accounts.service.js';

@ApiTags('credits')
@Controller('credits/balance')
export class BalanceController {
  constructor(
    private readonly access: AccountAccess,
    private readonly accounts: AccountsService,
    private readonly clock: Clock,
  ) {}

  @Get()
  @SignedIn({ visitors: true, keyScope: 'chat:stream' })
  @ApiOperation({
    summary: "What an account owns, holds and has available; somebody else's or an organisation's with credits:read",
  })
  @ApiOkResponse({ standardSchema: balance })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field'],
    403: ['user_token_required'],
    404: ['account_not_found'],
    503: ['auth_unavailable', 'store_unavailable'],
  })
  async balance(
    @CurrentUser() user: UserPrincipal,
    @Query({ schema: balanceQuery }) query: BalanceQuery,
  ): Promise<Balance> {
    const accountId = await this.access.find(user, query);
    return toBalanceDto(accountId, await this.accounts.find(accountId), this.clock.date());
  }
}
