import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable, Optional } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ACCESS_RULE, type AccessRule, toDomainError } from '@parley/platform';
import { SensitiveCalls } from '../introspection/sensitive-calls.js';
import { AccessRules } from '../may/access-rules.js';
import { TokenRefusals } from '../refusals/token-refusals.js';
import { AuthErrors } from '../refusals/auth.errors.js';
import type { Caller } from '../who/credential-reader.js';
import { CredentialReaders } from '../who/credential-readers.js';
import type { Principal } from '../who/principal.js';
import { type AuthenticatedRequest, SENSITIVE } from './decorators.js';
import { type NamingRequest, organizationNamedBy } from './request-organization.js';
import { RouteMetadata } from './route-metadata.js';

type GuardedRequest = AuthenticatedRequest & NamingRequest & { raw: IncomingMessage; ip: string };

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

  canActivate(context: ExecutionContext): Promise<boolean> {
    return this.admit(context, true);
  }

  /** Everything that can be asked while the body is unread. It may still name the organisation, and then this leaves that to the second time. */
  async admitBeforeBody(context: ExecutionContext): Promise<void> {
    await this.admit(context, false);
  }

  private async admit(context: ExecutionContext, isBodyRead: boolean): Promise<boolean> {
    const { rule, isSensitive } = this.routes.of(context);
    if (rule?.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const { principal: caller, accessToken } = this.recall(request) ?? (await this.identify(request));
    if (isSensitive && caller.kind === 'user') await this.sensitive.require(caller, accessToken);
    const principal = this.inItsOrganization(caller, rule, request);
    const isNamedByRequest = principal !== caller;
    if (principal.kind === 'user' && principal.orgId === null && this.rules.actsInOrganization(rule)) {
      if (isBodyRead) throw AuthErrors.organizationMissing();
      return true;
    }
    if (!this.rules.admitsAtOnce(principal, rule)) await this.rules.admit(principal, rule, { isNamedByRequest });
    request.principal = principal;
    request.accessToken = accessToken;
    return true;
  }

  /**
   * A token for an organisation is good for that one alone, whatever the request names. One without may act in any of which its user
   * is a member, on routes that are about organisations.
   * @throws DomainError `invalid_org_id`, `org_mismatch`
   */
  private inItsOrganization(caller: Principal, rule: AccessRule | undefined, request: GuardedRequest): Principal {
    if (caller.kind !== 'user' || (rule?.kind === 'user' && rule.anyOrganization)) return caller;
    const mayActInOne = this.rules.actsInOrganization(rule);
    if (caller.orgId === null && !mayActInOne) return caller;
    const named = organizationNamedBy(request);
    if (named === undefined || named === caller.orgId) return caller;
    if (caller.orgId !== null) throw AuthErrors.otherOrganization();
    return { ...caller, orgId: named };
  }

  /** The ordinary case, in which nothing has to be waited for. Every refusal comes from `identify`. */
  private recall({ raw }: GuardedRequest): Caller | undefined {
    try {
      return this.readers.recall(raw);
    } catch {
      return undefined;
    }
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
