import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '@parley/auth';
import { type TokenRequest, tokenRequest, type TokenResponse, tokenResponse } from '@parley/contracts';
import { ApiProblems } from '@parley/platform';
import { ServiceTokensService } from './service-tokens.service.js';

@ApiTags('service to service')
@Controller('oauth')
export class ServiceTokensController {
  constructor(private readonly tokens: ServiceTokensService) {}

  @Post('token')
  @Public()
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'A token with which one service calls another' })
  @ApiOkResponse({ standardSchema: tokenResponse, description: 'A service token for the one audience asked for' })
  @ApiProblems({
    400: ['validation_failed', 'unknown_field', 'malformed_json'],
    401: ['invalid_client'],
    403: ['audience_denied'],
  })
  issue(@Body({ schema: tokenRequest }) request: TokenRequest): TokenResponse {
    return this.tokens.issue(request);
  }
}
