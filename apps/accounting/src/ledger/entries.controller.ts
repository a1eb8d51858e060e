import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, SignedIn, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { AccountAccess } from '../accounts/account-access.js';
import { type EntriesQuery, entriesQuery, entryList, readCursor, toCursor, toEntryDto } from './entries.dto.js';
import { LedgerService } from './ledger.service.js';

@ApiTags('credits')
@Controller('credits/entries')
export class EntriesController {
  constructor(
    private readonly access: AccountAccess,
    private readonly ledger: LedgerService,
  ) {}

  @Get()
  @SignedIn()
  @ApiOperation({
    summary: "The lines of an account's ledger, newest first; somebody else's with the permission credits:read",
  })
  @ApiOkResponse({ standardSchema: entryList })
  @ApiProblems({
    400: ['cursor_invalid', 'validation_failed', 'unknown_field'],
    403: ['user_token_required'],
    404: ['account_not_found'],
    503: ['auth_unavailable', 'store_unavailable'],
  })
  async list(@CurrentUser() user: UserPrincipal, @Query({ schema: entriesQuery }) query: EntriesQuery) {
    const beforeSeq = readCursor(query.cursor);
    const accountId = await this.access.find(user, query.user_id);
    const rows = await this.ledger.entriesOf(accountId, beforeSeq, query.limit + 1);
    const data = rows.slice(0, query.limit).map(toEntryDto);
    return { data, next_cursor: rows.length > query.limit ? toCursor(data.at(-1)!.seq) : null };
  }
}
