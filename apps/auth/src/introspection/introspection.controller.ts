import { Body, Controller, Header, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { PermissionSource, RequireScope, TokenVerifier } from '@parley/auth';
import {
  introspectionAnswer,
  type IntrospectionAnswer,
  introspectionRequest,
  type IntrospectionRequest,
  serviceScopes,
} from '@parley/contracts';
import { ApiProblems, DomainError } from '@parley/platform';

/** Asked by services that have not heard of changes of rights for a while (after RFC 7662). */
@ApiTags('service to service')
@Controller('internal')
export class IntrospectionController {
  constructor(
    private readonly verifier: TokenVerifier,
    private readonly permissions: PermissionSource,
  ) {}

  @Post('introspect')
  @RequireScope(serviceScopes.tokensIntrospect)
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: "Whether a user's access token is good right now" })
  @ApiOkResponse({ standardSchema: introspectionAnswer, description: 'That it is, or why it is not' })
  @ApiProblems({ 400: ['validation_failed', 'unknown_field', 'malformed_json'] })
  async introspect(
    @Body({ schema: introspectionRequest }) { token }: IntrospectionRequest,
  ): Promise<IntrospectionAnswer> {
    try {
      const principal = await this.verifier.verify(token);
      if (principal.kind !== 'user') return { active: false, code: 'invalid_token' };
      const { status } = await this.permissions.grantsOf(principal);
      return status === 'active' ? { active: true } : { active: false, code: 'account_disabled' };
    } catch (error) {
      if (error instanceof DomainError && error.kind === 'unauthenticated') return { active: false, code: error.code };
      throw error;
    }
  }
}
