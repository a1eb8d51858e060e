import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, SignedIn, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import type { FastifyReply } from 'fastify';
import { AccountAccess } from '../accounts/account-access.js';
import {
  type EntriesQuery,
  entriesQuery,
  type EntryList,
  entryList,
  readCursor,
  toCursor,
  toEntryDto,
} from './entries.dto.js';
import { EntriesService } from './entries.service.js';
import { toCsv } from './statement-csv.js';

@ApiTags('credits')
@Controller('credits/entries')
export class EntriesController {
  constructor(
    private readonly access: AccountAccess,
    private readonly entries: EntriesService,
  ) {}

  @Get()
  @SignedIn({ visitors: true, keyScope: 'chat:stream' })
  @ApiOperation({
    summary: "The lines of an account's ledger, newest first; somebody else's or an organisation's with credits:read",
    description:
      'As CSV with `format=csv` or `Accept: text/csv`; the cursor of the next page is then in `X-Next-Cursor`.',
  })
  @ApiOkResponse({ standardSchema: entryList })
  @ApiProblems({
    400: ['cursor_invalid', 'validation_failed', 'unknown_field'],
    403: ['user_token_required'],
    404: ['account_not_found'],
    503: ['auth_unavailable', 'store_unavailable'],
  })
  async list(
    @CurrentUser() user: UserPrincipal,
    @Query({ schema: entriesQuery }) query: EntriesQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EntryList | string> {
    const beforeSeq = readCursor(query.cursor);
    const accountId = await this.access.find(user, query);
    const records = await this.entries.list(accountId, beforeSeq, query.limit + 1);
    const data = records.slice(0, query.limit).map(toEntryDto);
    const nextCursor = records.length > query.limit ? toCursor(data.at(-1)!.seq) : null;
    if (!wantsCsv(query, accept)) return { data, next_cursor: nextCursor };
    // CSV has no place for the cursor, so it travels in a header.
    if (nextCursor !== null) reply.header('x-next-cursor', nextCursor);
    reply.type('text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="statement.csv"');
    return toCsv(data);
  }
}

/** The parameter decides; without one a client that takes only CSV gets it. */
const wantsCsv = ({ format }: EntriesQuery, accept = ''): boolean =>
  format === 'csv' || (format === undefined && /^text\/csv\b/i.test(accept));
