import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, SignedIn, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { z } from 'zod';
import { organizationId } from '../organizations/organizations.dto.js';
import { OrganizationSwitching } from './organization-switching.service.js';

const switchRequest = z
  .strictObject({ org_id: organizationId.nullable().meta({ description: 'null: outside of organizations' }) })
  .meta({ id: 'SwitchOrganization', examples: [{ org_id: null }, { org_id: 'org_1f0c9d2e7b6a4853a1d2c3b4e5f60718' }] });

const switchedToken = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.int().meta({ description: 'Seconds' }),
    org_id: z.string().nullable(),
  })
  .meta({ id: 'SwitchedToken' });

@ApiTags('sign-in')
@Controller('auth/switch-org')
export class OrganizationSwitchingController {
  constructor(private readonly switching: OrganizationSwitching) {}

  @Post()
  @SignedIn({ anyOrganization: true })
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Work in another organization, in the same session',
    description:
      'The session keeps it when it is renewed. Tokens from before stay good for the organization that they are for.',
  })
  @ApiOkResponse({ standardSchema: switchedToken, description: 'An access token for it' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json'],
    404: ['organization_not_found'],
  })
  async switch(
    @CurrentUser() user: UserPrincipal,
    @Body({ schema: switchRequest }) { org_id }: z.infer<typeof switchRequest>,
  ): Promise<z.infer<typeof switchedToken>> {
    const { token, lifeSeconds } = await this.switching.switch(user, org_id);
    return { access_token: token, token_type: 'Bearer', expires_in: lifeSeconds, org_id };
  }
}
