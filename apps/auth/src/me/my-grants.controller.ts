import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, SignedIn, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { AuthzService } from '../authz/authz.service.js';
import { UsersService } from '../users/users.service.js';
import { type MeDto, meDto, type MyGrantsQuery, myGrantsQuery, toMeDto } from './me.dto.js';

/** The caller's role and permissions in an organisation, or outside of any. */
@ApiTags('me')
@Controller('users/me')
export class MyGrantsController {
  constructor(
    private readonly users: UsersService,
    private readonly authz: AuthzService,
  ) {}

  @Get()
  @SignedIn()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Your role and permissions in one organisation; without org_id, in that of your token' })
  @ApiOkResponse({ standardSchema: meDto, description: 'You, as far as that organisation is concerned' })
  @ApiProblems({ 400: ['validation_failed', 'unknown_field'], 404: ['organization_not_found'] })
  async read(
    @CurrentUser() { userId, orgId }: UserPrincipal,
    @Query({ schema: myGrantsQuery }) { org_id = orgId ?? undefined }: MyGrantsQuery,
  ): Promise<MeDto> {
    const grants = await this.authz.grantsOf(userId, org_id ?? null);
    return toMeDto(await this.users.get(userId), grants);
  }
}
