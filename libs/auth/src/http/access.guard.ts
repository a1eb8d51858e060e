import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable, Optional } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ACCESS_RULE, type AccessRule, toDomainError } from '@parley/platform';
import { SensitiveCalls } from '../introspection/sensitive-calls.js';
import { AccessRules } from '../may/access-rules.js';
import { TokenRefusals } from '../refusals/token-refusals.js';
import type { Caller } from '../who/credential-reader.js';
import { CredentialReaders } from '../who/credential-readers.js';
import { type AuthenticatedRequest, SENSITIVE } from './decorators.js';
import { RouteMetadata } from './route-metadata.js';

type GuardedRequest = AuthenticatedRequest & { raw: IncomingMessage; ip: string };

/** The one guard, on every route: it asks who is calling and whether they may. Closed unless the route says otherwise. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly routes: RouteMetadata<{ rule: AccessRule | undefined; isSensitive: boolean }>;

  constructor(
    reflector: Reflector,
    private readonly readers: CredentialReaders,
    private readonly rules: AccessRules,
    private readonly sensitive: SensitiveCalls,
    @Optional() private readonly refusals?: TokenRefusals,
  ) {
    this.routes = new RouteMetadata((where) => ({
      rule: reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, where),
      isSensitive: reflector.getAllAndOverride<true | undefined>(SENSITIVE, where) === true,
    }));
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { rule, isSensitive } = this.routes.of(context);
    if (rule?.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const { principal, accessToken } = await this.identify(request);
    if (isSensitive && principal.kind === 'user') {
      await this.sensitive.require(principal, accessToken);
    }
    await this.rules.admit(principal, rule);
    request.principal = principal;
    request.accessToken = accessToken;
    return true;
  }

  private async identify(request: GuardedRequest): Promise<Caller> {
    try {
      return await this.readers.identify(request.raw);
    } catch (error) {
      this.refusals?.note(toDomainError(error).code, request.ip);
      throw error;
    }
  }
}
