import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RecentlyAuthenticated, SignedIn } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { setCookies } from '../devices/cookies.js';
import { type Actor, Actors, CurrentActor } from '../second-factors/actor.js';
import { recentSeconds } from '../second-factors/second-factors.js';
import { browserCookie, browserSecretFor } from './browser-cookie.js';
import {
  type IdentityDto,
  identityDto,
  identityId,
  type IdentityList,
  identityList,
  type LinkConfirmation,
  linkConfirmation,
  type LinkStart,
  linkStart,
  providerId,
  toIdentityDto,
} from './identity-providers.dto.js';
import { IdentityProvidersService } from './identity-providers.service.js';
import { OwnIdentities } from './own-identities.service.js';

@ApiTags('linked identities')
@Controller('auth/identities')
export class OwnIdentitiesController {
  constructor(
    private readonly identities: OwnIdentities,
    private readonly providers: IdentityProvidersService,
    private readonly actors: Actors,
  ) {}

  @Get()
  @SignedIn()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'The identities by which you sign in' })
  @ApiOkResponse({ standardSchema: identityList, description: 'All of them' })
  async list(@CurrentActor() { userId }: Actor): Promise<IdentityList> {
    return { data: (await this.identities.list(userId)).map(toIdentityDto) };
  }

  @Post(':provider/link')
  @SignedIn()
  @RecentlyAuthenticated(recentSeconds)
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Begin to link an identity of a provider',
    description:
      'Send the browser to the URL. It comes back with a `link_token` behind the `#`, for POST /auth/identities.',
  })
  @ApiCreatedResponse({ standardSchema: linkStart, description: 'Where to go' })
  @ApiProblems({ 400: ['validation_failed'], 404: ['provider_not_found'], 503: ['provider_unavailable'] })
  async begin(
    @Param('provider', { schema: providerId }) provider: string,
    @CurrentActor() { userId, sid }: Actor,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LinkStart> {
    const secret = browserSecretFor(request);
    const authorization_url = await this.providers.begin(provider, secret, undefined, { user_id: userId, sid });
    setCookies(reply, [browserCookie(secret)]);
    return { authorization_url };
  }

  @Post()
  @SignedIn()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Confirm that the identity is to be linked' })
  @ApiCreatedResponse({ standardSchema: identityDto, description: 'It is linked' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json'],
    409: ['identity_linked'],
    410: ['link_token_invalid'],
  })
  async link(
    @CurrentActor() actor: Actor,
    @Body({ schema: linkConfirmation }) { link_token }: LinkConfirmation,
  ): Promise<IdentityDto> {
    return toIdentityDto(await this.identities.link(await this.actors.of(actor), link_token));
  }

  @Delete(':id')
  @SignedIn()
  @RecentlyAuthenticated(recentSeconds)
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign in by an identity no longer', description: 'Your other sessions end.' })
  @ApiNoContentResponse({ description: 'It is unlinked' })
  @ApiProblems({ 400: ['validation_failed'], 404: ['identity_not_found'], 409: ['last_way_to_sign_in'] })
  async unlink(@CurrentActor() actor: Actor, @Param('id', { schema: identityId }) id: string): Promise<void> {
    await this.identities.unlink(await this.actors.of(actor), id);
  }
}
