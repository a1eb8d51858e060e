import { applyDecorators, Body, Controller, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CallingService, RequireScope } from '@parley/auth';
import {
  type ClosedHold,
  closedHold,
  hold,
  type Hold,
  progressHold,
  type ProgressHold,
  releaseHold,
  type ReleaseHold,
  serviceScopes,
  settleHold,
  type SettleHold,
} from '@parley/contracts';
import { ApiProblems } from '@parley/platform';
import { HoldClosingsService } from './hold-closings.service.js';
import { HoldProgressService } from './hold-progress.service.js';
import { toClosedHoldDto, toHoldDto } from './holds.dto.js';

const ClosingAnswers = (conflicts: readonly string[]) =>
  applyDecorators(
    HttpCode(200),
    ApiOkResponse({ standardSchema: closedHold }),
    ApiProblems({
      400: ['stream_session_mismatch', 'validation_failed', 'unknown_field', 'malformed_json'],
      404: ['hold_not_found'],
      409: conflicts,
      500: ['ledger_invariant'],
      503: ['ledger_busy', 'store_unavailable', 'auth_unavailable'],
    }),
  );

@ApiTags('holds')
@RequireScope(serviceScopes.holdsWrite)
@Controller('holds/:id')
export class HoldClosingsController {
  constructor(
    private readonly closings: HoldClosingsService,
    private readonly holds: HoldProgressService,
  ) {}

  @Put('progress')
  @ApiOperation({
    summary: 'Keeps a hold alive while the work goes on, and makes it larger',
    description:
      'The usage counts from the beginning of the answer and `seq` only grows, so a repeated or late request changes nothing. ' +
      'A hold without a sign of life is ended and charged what was reported. A top-up that is denied leaves the hold as large as it was.',
  })
  @ApiOkResponse({ standardSchema: hold })
  @ApiProblems({
    400: ['stream_session_mismatch', 'validation_failed', 'unknown_field', 'malformed_json'],
    402: ['top_up_denied', 'member_cap_reached', 'api_key_cap_reached'],
    404: ['hold_not_found'],
    409: ['hold_closed'],
    410: ['hold_expired'],
    423: ['account_frozen'],
    500: ['ledger_invariant'],
    503: ['ledger_busy', 'store_unavailable', 'auth_unavailable'],
  })
  async progress(
    @CallingService() service: string,
    @Param('id') holdId: string,
    @Body({ schema: progressHold }) request: ProgressHold,
  ): Promise<Hold> {
    return toHoldDto(await this.holds.report(service, holdId, request));
  }

  @Post('settle')
  @ApiOperation({
    summary: 'Ends a hold by charging what was used',
    description:
      'Charged is the usage at the price pinned on the hold, rounded up once: from the hold first, then from what is available beside ' +
      'it; what cannot be had is `uncollected_ucr`. An answer that `failed` is not charged unless the installation says so. ' +
      'The same request again gets the first answer. After the hold has expired only the difference is charged, and `late` says so.',
  })
  @ClosingAnswers(['settle_mismatch', 'hold_released'])
  async settle(
    @CallingService() service: string,
    @Param('id') holdId: string,
    @Body({ schema: settleHold }) request: SettleHold,
  ): Promise<ClosedHold> {
    const { hold, balanceAfter } = await this.closings.settle(service, holdId, request);
    return toClosedHoldDto(hold, balanceAfter);
  }

  @Post('release')
  @ApiOperation({
    summary: 'Ends a hold by returning all of it, because nothing was generated',
    description:
      'A hold that has expired without any charge is answered as it ended: it has returned all of it already.',
  })
  @ClosingAnswers(['hold_settled'])
  async release(
    @CallingService() service: string,
    @Param('id') holdId: string,
    @Body({ schema: releaseHold }) request: ReleaseHold,
  ): Promise<ClosedHold> {
    const { hold, balanceAfter } = await this.closings.release(service, holdId, request);
    return toClosedHoldDto(hold, balanceAfter);
  }
}
