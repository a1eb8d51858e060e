import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { toVerificationDto, verification } from './verification.dto.js';
import { VerificationService } from './verification.service.js';

@ApiTags('ledger')
@Controller('ledger/verify')
export class VerificationController {
  constructor(private readonly verifications: VerificationService) {}

  @Get(':account_id')
  @RequirePermission('ledger', 'audit')
  @ApiOperation({ summary: "Whether an account's entries are what was sealed, and add up to what it says" })
  @ApiOkResponse({ standardSchema: verification })
  @ApiProblems({
    403: ['permission_denied', 'user_token_required'],
    404: ['account_not_found'],
    503: ['store_unavailable', 'auth_unavailable', 'ledger_busy'],
  })
  async verify(@Param('account_id') accountId: string) {
    return toVerificationDto(await this.verifications.verify(accountId));
  }
}
