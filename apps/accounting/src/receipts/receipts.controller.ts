import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, SignedIn, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { type Receipt, receipt } from './receipts.dto.js';
import { ReceiptsService } from './receipts.service.js';

@ApiTags('credits')
@Controller('credits/entries/:entry_id/receipt')
export class ReceiptsController {
  constructor(private readonly receipts: ReceiptsService) {}

  @Get()
  @SignedIn({ visitors: true, keyScope: 'chat:stream' })
  @ApiOperation({
    summary: 'Why an entry is what it is: model, price version, tokens, hold, settlement and the rule of who pays',
  })
  @ApiOkResponse({ standardSchema: receipt })
  @ApiProblems({
    403: ['user_token_required'],
    404: ['entry_not_found'],
    503: ['auth_unavailable', 'store_unavailable'],
  })
  read(@CurrentUser() reader: UserPrincipal, @Param('entry_id') entryId: string): Promise<Receipt> {
    return this.receipts.read(reader, entryId);
  }
}
