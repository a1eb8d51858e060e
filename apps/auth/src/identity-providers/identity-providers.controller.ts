import { Controller, Get, Header, HttpCode, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Public } from '@parley/auth';
import { ApiProblems } from '@parley/platform';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { setCookies } from '../devices/cookies.js';
import { CurrentDevice, type Device } from '../devices/device.js';
import { browserCookie, browserSecretFor, browserSecretOf } from './browser-cookie.js';
import { type ProviderList, providerId, providerList, type StartQuery, startQuery } from './identity-providers.dto.js';
import { IdentityProvidersService } from './identity-providers.service.js';
import { ProviderClients } from './provider-clients.js';

@ApiTags('sign-in')
@Controller('auth/providers')
export class IdentityProvidersController {
  constructor(
    private readonly providers: IdentityProvidersService,
    private readonly clients: ProviderClients,
  ) {}

  @Get()
  @Public()
  @ApiOperation({ summary: 'The identity providers that people may sign in with' })
  @ApiOkResponse({ standardSchema: providerList, description: 'All of them' })
  list(): ProviderList {
    return { data: this.clients.all.map(({ id, name }) => ({ id, name })) };
  }

  @Get(':id/start')
  @Public()
  @HttpCode(302)
  @Header('cache-control', 'no-store')
  @Header('referrer-policy', 'no-referrer')
  @ApiOperation({ summary: 'Send a browser to an identity provider to sign in' })
  @ApiResponse({ status: 302, description: 'To the provider' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'return_path_unknown'],
    404: ['provider_not_found'],
    503: ['provider_unavailable'],
  })
  async start(
    @Param('id', { schema: providerId }) id: string,
    @Query({ schema: startQuery }) { return_to }: StartQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const secret = browserSecretFor(request);
    const url = await this.providers.begin(id, secret, return_to, null);
    setCookies(reply, [browserCookie(secret)]);
    void reply.header('location', url);
  }

  @Get(':id/callback')
  @Public()
  @HttpCode(302)
  @Header('cache-control', 'no-store')
  @Header('referrer-policy', 'no-referrer')
  @ApiOperation({
    summary: 'Where an identity provider sends a browser back to',
    description: 'It lands on PUBLIC_WEB_URL, signed in by the refresh cookie, or with `error` behind the `#`.',
  })
  @ApiResponse({ status: 302, description: 'To our own page' })
  @ApiProblems({ 400: ['validation_failed'], 404: ['provider_not_found'] })
  async callback(
    @Param('id', { schema: providerId }) id: string,
    @CurrentDevice() device: Device,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const [, query = ''] = request.url.split('?', 2);
    const { location, cookies } = await this.providers.end(id, query, browserSecretOf(request), device);
    setCookies(reply, cookies);
    void reply.header('location', location);
  }
}
