import { Body, Controller, Delete, Get, Header, HttpCode, Ip, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser, RecentlyAuthenticated, SignedIn, type UserPrincipal } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import { recentSeconds } from '../second-factors/second-factors.js';
import {
  apiKeyId,
  apiKeyList,
  type ApiKeyList,
  type ApiKeysQuery,
  apiKeysQuery,
  createApiKey,
  type CreateApiKey,
  rotateApiKey,
  type RotateApiKey,
  shownApiKey,
  type ShownApiKey,
  toApiKeyDto,
} from './api-keys.dto.js';
import { ApiKeysService, type Shown } from './api-keys.service.js';

const ofOrganizations = [
  'permission_denied',
  'membership_inactive',
  'organization_suspended',
  'org_mismatch',
  'account_required',
];

/** Keys with which programs call chat and accounting. People make them: a key is worth nothing here. */
@ApiTags('API keys')
@Controller('auth/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Get()
  @SignedIn()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: "Your API keys, or an organization's, newest first",
    description: 'Never the keys themselves.',
  })
  @ApiOkResponse({ standardSchema: apiKeyList, description: 'All that are not revoked' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field'],
    403: ofOrganizations,
    404: ['organization_not_found'],
  })
  async list(
    @CurrentUser() user: UserPrincipal,
    @Query({ schema: apiKeysQuery }) { org_id: orgId }: ApiKeysQuery,
  ): Promise<ApiKeyList> {
    return { data: (await this.keys.list(user, orgId)).map(toApiKeyDto) };
  }

  @Post()
  @SignedIn()
  @RecentlyAuthenticated(recentSeconds)
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Make an API key',
    description:
      'Its scopes may be no more than what you may do yourself, and never allow more than its owner may at the moment of a call. ' +
      "With `org_id` it is the organization's, which takes `api-keys:write` there.",
  })
  @ApiCreatedResponse({ standardSchema: shownApiKey, description: 'The key, which is shown only now' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json', 'expires_at_past'],
    403: [...ofOrganizations, 'scopes_exceed_rights', 'reauthentication_required'],
    404: ['organization_not_found'],
    409: ['too_many_api_keys'],
  })
  async create(
    @CurrentUser() user: UserPrincipal,
    @Ip() ipAddress: string,
    @Body({ schema: createApiKey }) wanted: CreateApiKey,
  ): Promise<ShownApiKey> {
    return toShown(await this.keys.create({ user, ipAddress }, wanted));
  }

  @Post(':id/rotate')
  @SignedIn()
  @RecentlyAuthenticated(recentSeconds)
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Put another key in the place of one',
    description: 'The id, the scopes, the end and the cap stay. The key before works on for `overlap_seconds`.',
  })
  @ApiCreatedResponse({ standardSchema: shownApiKey, description: 'The new key, which is shown only now' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json'],
    403: [...ofOrganizations, 'scopes_exceed_rights', 'reauthentication_required'],
    404: ['api_key_not_found'],
    409: ['api_key_changed'],
  })
  async rotate(
    @CurrentUser() user: UserPrincipal,
    @Ip() ipAddress: string,
    @Param('id', { schema: apiKeyId }) id: string,
    @Body({ schema: rotateApiKey }) { overlap_seconds: overlapSeconds }: RotateApiKey,
  ): Promise<ShownApiKey> {
    return toShown(await this.keys.rotate({ user, ipAddress }, id, overlapSeconds));
  }

  @Delete(':id')
  @SignedIn()
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke an API key', description: 'Every service refuses it within two seconds.' })
  @ApiNoContentResponse({ description: 'It is revoked' })
  @ApiProblems({ 400: ['validation_failed'], 403: ofOrganizations, 404: ['api_key_not_found'] })
  async revoke(
    @CurrentUser() user: UserPrincipal,
    @Ip() ipAddress: string,
    @Param('id', { schema: apiKeyId }) id: string,
  ): Promise<void> {
    await this.keys.revoke({ user, ipAddress }, id);
  }
}

const toShown = ({ record, key }: Shown): ShownApiKey => ({ ...toApiKeyDto(record), key });
