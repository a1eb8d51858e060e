import { Body, Controller, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequirePermission, Sensitive } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { type MemberCap, memberCap, putMemberCap, type PutMemberCap, toMemberCapDto } from './member-caps.dto.js';
import { MemberCapsService } from './member-caps.service.js';

@ApiTags('credits')
@Controller('credits/member-caps')
export class MemberCapsController {
  constructor(private readonly caps: MemberCapsService) {}

  @Put()
  @RequirePermission('credits', 'budget')
  @Sensitive()
  @ApiOperation({
    summary: "Bounds what a member may use of their organisation's credits in a day or a month (UTC)",
    description:
      'It counts from the moment it is set, and is checked whenever credits are set aside for one of their streams.',
  })
  @ApiOkResponse({ standardSchema: memberCap })
  @ApiProblems({
    400: ['amount_invalid', 'validation_failed', 'unknown_field', 'malformed_json'],
    403: ['permission_denied', 'user_token_required'],
    503: ['store_unavailable', 'auth_unavailable'],
  })
  async put(@Body({ schema: putMemberCap }) request: PutMemberCap): Promise<MemberCap> {
    const { org_id: orgId, user_id: userId, period, cap_ucr: cap } = request;
    return toMemberCapDto(await this.caps.put(orgId, userId, period, BigInt(cap)));
  }
}
