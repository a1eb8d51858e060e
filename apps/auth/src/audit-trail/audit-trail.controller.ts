import { Readable } from 'node:stream';
import { Controller, Get, Header, Headers, Query, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, SignedIn, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { type AuditEntryDto, type AuditPage, auditPage, type AuditQuery, auditQuery } from './audit-trail.dto.js';
import { AuditTrail } from './audit-trail.service.js';

const ndjson = 'application/x-ndjson';

@ApiTags('audit')
@Controller('audit')
export class AuditTrailController {
  constructor(private readonly trail: AuditTrail) {}

  @Get()
  @SignedIn()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary:
      'What was done to accounts, sessions, keys and rights, newest first; everything with audit:read, else your own part',
    description: `With \`Accept: ${ndjson}\` all that matches, one entry in a line; \`limit\` does not count then.`,
  })
  @ApiOkResponse({ standardSchema: auditPage, description: 'A page of entries' })
  @ApiProblems({ 400: ['validation_failed', 'unknown_field', 'cursor_invalid'] })
  async read(
    @CurrentUser() user: UserPrincipal,
    @Query({ schema: auditQuery }) query: AuditQuery,
    @Headers('accept') accept = '',
  ): Promise<AuditPage | StreamableFile> {
    if (!accept.toLowerCase().includes(ndjson)) return this.trail.list(user, query);
    const lines = Readable.from(linesOf(await this.trail.export(user, query)));
    return new StreamableFile(lines, { type: ndjson, disposition: 'attachment; filename="audit.ndjson"' });
  }
}

async function* linesOf(entries: AsyncIterable<AuditEntryDto>): AsyncIterable<Buffer> {
  for await (const entry of entries) yield Buffer.from(`${JSON.stringify(entry)}\n`);
}
