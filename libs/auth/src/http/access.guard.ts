import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ACCESS_RULE, type AccessRule } from '@parley/platform';
import { SensitiveCalls } from '../introspection/sensitive-calls.js';
import { AccessRules } from '../may/access-rules.js';
import { CredentialReaders } from '../who/credential-readers.js';
import { type AuthenticatedRequest, SENSITIVE } from './decorators.js';

/** The one guard, on every route: it asks who is calling and whether they may. Closed unless the route says otherwise. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly readers: CredentialReaders,
    private readonly rules: AccessRules,
    private readonly sensitive: SensitiveCalls,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const where = [context.getHandler(), context.getClass()];
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, where);
    if (rule?.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest & { raw: IncomingMessage }>();
    const { principal, accessToken } = await this.readers.identify(request.raw);
    if (principal.kind === 'user' && this.reflector.getAllAndOverride<true | undefined>(SENSITIVE, where)) {
      await this.sensitive.require(principal, accessToken);
    }
    await this.rules.admit(principal, rule);
    request.principal = principal;
    request.accessToken = accessToken;
    return true;
  }
}
