import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '@parley/auth';
import { type Grants, grants, serviceScopes } from '@parley/contracts';
import { ApiProblems } from '@parley/platform';
import { type GrantsQuery, grantsQuery } from './authz.dto.js';
import { AuthzService } from './authz.service.js';
import { KeyGrants } from './key-grants.js';

@ApiTags('service to service')
@Controller('internal/authz')
export class AuthzController {
  constructor(
    private readonly authz: AuthzService,
    private readonly keys: KeyGrants,
  ) {}

  @Get('grants')
  @RequireScope(serviceScopes.authzRead)
  @ApiOperation({ summary: 'What a user may do right now, in one organisation or outside of any' })
  @ApiOkResponse({ standardSchema: grants, description: 'The state of the account, the role and its permissions' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field'],
    404: ['user_not_found', 'organization_not_found'],
  })
  read(
    @Query({ schema: grantsQuery }) { user_id: userId, org_id: orgId, api_key_id: keyId }: GrantsQuery,
  ): Promise<Grants> {
    if (keyId !== undefined) return this.keys.of(keyId);
    return this.authz.grantsOf(userId, orgId ?? null);
  }
}
