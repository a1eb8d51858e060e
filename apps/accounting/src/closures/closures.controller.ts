import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '@parley/auth';
import { type Erasure, type EraseUser, erasure, eraseUser, serviceScopes } from '@parley/contracts';
import { ApiProblems } from '@parley/platform';
import { accountIdOf } from '../ledger/account.schema.js';
import { AccountsService } from '../ledger/accounts.service.js';

/**
 * A user is gone for good. The account goes out of use and its books stay as they are: they name nobody but an opaque id, and each
 * entry is a part of what proves the others.
 */
@ApiTags('service to service')
@Controller('internal/erasures')
export class ClosuresController {
  constructor(private readonly accounts: AccountsService) {}

  @Post()
  @HttpCode(200)
  @RequireScope(serviceScopes.usersErase)
  @ApiOperation({ summary: "Close a user's account: no new holds, and its entries stay" })
  @ApiOkResponse({ standardSchema: erasure, description: 'It is closed, as it was before a repeat' })
  @ApiProblems({ 400: ['validation_failed', 'unknown_field', 'malformed_json'], 503: ['store_unavailable'] })
  async close(@Body({ schema: eraseUser }) { user_id: userId }: EraseUser): Promise<Erasure> {
    await this.accounts.close(accountIdOf(userId));
    return { user_id: userId, is_complete: true };
  }
}
