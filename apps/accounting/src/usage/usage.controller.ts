import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { toUsageReport, type UsageQuery, usageQuery, type UsageReport, usageReport } from './usage.dto.js';
import { UsageService } from './usage.service.js';

@ApiTags('ledger')
@Controller('ledger/usage')
export class UsageController {
  constructor(private readonly usage: UsageService) {}

  @Get()
  @RequirePermission('ledger', 'audit')
  @ApiOperation({
    summary: "What was used and charged in a period, by model and price version, to compare with a provider's invoice",
    description:
      'Counted are the entries that were booked in the period: settlements, expiries, late settlements and refunds, all at one ' +
      'snapshot. A period has at most 366 days.',
  })
  @ApiOkResponse({ standardSchema: usageReport })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field'],
    403: ['permission_denied', 'user_token_required'],
    422: ['usage_too_large'],
    503: ['store_unavailable', 'auth_unavailable', 'ledger_busy'],
  })
  async read(@Query({ schema: usageQuery }) query: UsageQuery): Promise<UsageReport> {
    const [from, to] = [new Date(query.from), new Date(query.to)];
    return toUsageReport(from, to, await this.usage.read({ from, to, model: query.model }));
  }
}
