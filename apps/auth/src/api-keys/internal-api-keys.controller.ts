import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CallingService, RequireScope } from '@parley/auth';
import {
  apiKeyAnswer,
  type ApiKeyAnswer,
  apiKeyVerification,
  type ApiKeyVerification,
  serviceScopes,
} from '@parley/contracts';
import { ApiProblems } from '@parley/platform';
import { KeyVerification } from './key-verification.service.js';

/** Asked by services that were shown a key which they do not know yet. */
@ApiTags('service to service')
@Controller('internal/api-keys')
export class InternalApiKeysController {
  constructor(private readonly verification: KeyVerification) {}

  @Post('verify')
  @RequireScope(serviceScopes.apiKeysVerify)
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Whose an API key is, by its SHA-256' })
  @ApiOkResponse({ standardSchema: apiKeyAnswer, description: 'Whose it is, or why it is worth nothing' })
  @ApiProblems({ 400: ['validation_failed', 'unknown_field', 'malformed_json'] })
  verify(
    @CallingService() service: string,
    @Body({ schema: apiKeyVerification }) { key_hash: hash }: ApiKeyVerification,
  ): Promise<ApiKeyAnswer> {
    return this.verification.verify(service, hash);
  }
}
