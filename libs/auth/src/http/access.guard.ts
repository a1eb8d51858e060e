import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ACCESS_RULE, type AccessRule } from '@parley/platform';
import { AuthErrors } from '../refusals/auth.errors.js';
import { readBearerToken } from '../tokens/bearer-token.reader.js';
import type { AuthenticatedRequest } from './decorators.js';
import { covers } from '../may/permission.js';
import { PermissionSource } from '../may/permission-source.js';
import type { Principal, UserPrincipal } from '../who/principal.js';
import { TokenVerifier } from '../tokens/token-verifier.js';

/** The one guard, on every route: closed unless the route says otherwise. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: TokenVerifier,
    private readonly permissions: PermissionSource,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (rule?.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest & { raw: IncomingMessage }>();
    const token = readBearerToken(request.raw);
    const principal = await this.verifier.verify(token);
    await this.admit(principal, rule);
    request.principal = principal;
    request.accessToken = token;
    return true;
  }

  private async admit(principal: Principal, rule: AccessRule | undefined): Promise<void> {
    if (rule?.kind === 'service') return admitService(principal, rule.scope);
    if (rule?.kind === 'permission' && rule.orScope !== undefined && principal.kind === 'service')
      return admitService(principal, rule.orScope);
    if (principal.kind !== 'user') throw AuthErrors.userTokenRequired();
    await this.admitUser(principal, rule);
  }

  private async admitUser(user: UserPrincipal, rule: AccessRule | undefined): Promise<void> {
    const { status, permissions } = await this.permissions.grantsOf(user);
    if (status !== 'active') throw AuthErrors.accountDisabled();
    if (rule?.kind === 'user') return;
    const permission = rule?.kind === 'permission' ? rule.permission : '*:*';
    if (!permissions.some((pattern) => covers(pattern, permission))) throw AuthErrors.permissionDenied(permission);
  }
}

function admitService(principal: Principal, scope: string): void {
  if (principal.kind !== 'service') throw AuthErrors.serviceTokenRequired();
  if (!principal.scopes.includes(scope)) throw AuthErrors.scopeMissing(scope);
}
