import { Injectable } from '@nestjs/common';
import { type Grants, visitorRole } from '@parley/contracts';
import type { AccessRule } from '@parley/platform';
import { AuthErrors } from '../refusals/auth.errors.js';
import type { Principal, UserPrincipal } from '../who/principal.js';
import { allowedBy } from './allowance.js';
import { PermissionSource } from './permission-source.js';
import { standingOf } from './standing.js';

/** The permission needed where no rule was stated. */
const everything = '*:*';

/** What else matters to an admission. */
export interface Circumstances {
  /** The organisation is that of the request, and the token has none: to strangers it is not there. */
  isNamedByRequest?: boolean;
}

/** Decides whether a principal may do what a rule guards: call a route, or send an event on a socket. */
@Injectable()
export class AccessRules {
  /** What was found to be covered by an answer about a user, for as long as that answer is remembered. */
  private readonly covered = new WeakMap<Grants, Set<string>>();

  constructor(private readonly permissions: PermissionSource) {}

  /**
   * @param rule undefined where none was stated; then only those who may do everything are let in
   * @throws DomainError `permission_denied`, `account_required`, `account_disabled`, `user_token_required`, `service_token_required`,
   *   `insufficient_scope`, `membership_inactive`, `organization_suspended`, `organization_not_found`, or `authz_unavailable` when
   *   that cannot be known right now
   */
  async admit(principal: Principal, rule: AccessRule | undefined, circumstances: Circumstances = {}): Promise<void> {
    switch (rule?.kind) {
      case 'public':
        return;
      case 'service':
        return admitService(principal, rule.scope);
      case 'user': {
        const grants = await this.grantsInGoodStanding(userOnly(principal), rule.anyOrganization ?? false);
        if (grants.role === visitorRole && !rule.visitors) throw AuthErrors.accountRequired();
        if (grants.scopes !== null) this.requireScope(grants, rule.keyScope);
        return;
      }
      case 'permission':
        if (rule.orScope !== undefined && principal.kind === 'service') return admitService(principal, rule.orScope);
        return this.admitUser(userOnly(principal), rule.permission, circumstances);
      case undefined:
        return this.admitUser(userOnly(principal), everything, circumstances);
    }
  }

  /** Whether a user is admitted for reasons that are known already: then nothing has to be waited for. Every refusal is `admit`'s. */
  admitsAtOnce(principal: Principal, rule: AccessRule | undefined): boolean {
    if (rule?.kind !== 'permission' || principal.kind !== 'user') return false;
    const grants = this.permissions.recall(principal);
    if (!grants || standingOf(grants) !== 'good') return false;
    return (
      this.permissions.catalogue.counts(rule.permission, principal.orgId) && this.isCovered(grants, rule.permission)
    );
  }

  /** Whether an organisation-wide rule must know the organisation before it can be asked. */
  actsInOrganization(rule: AccessRule | undefined): boolean {
    return rule?.kind === 'permission' && this.permissions.catalogue.isOfOrganizations(rule.permission);
  }

  private async admitUser(user: UserPrincipal, permission: string, circumstances: Circumstances): Promise<void> {
    const grants = await this.grantsInGoodStanding(user, false, circumstances);
    const mayCount = this.permissions.catalogue.counts(permission, user.orgId);
    if (!mayCount || !this.isCovered(grants, permission)) throw AuthErrors.permissionDenied(permission);
  }

  /** @param anyOrganization only the account has to be in order */
  private async grantsInGoodStanding(
    user: UserPrincipal,
    anyOrganization: boolean,
    { isNamedByRequest = false }: Circumstances = {},
  ): Promise<Grants> {
    const grants = await this.permissions.grantsOf(user);
    const standing = standingOf(grants);
    if (standing === 'good') return grants;
    if (standing === 'account_disabled') throw AuthErrors.accountDisabled();
    if (anyOrganization) return grants;
    if (standing === 'organization_suspended') throw AuthErrors.organizationSuspended();
    if (standing === 'no_member' && isNamedByRequest) throw AuthErrors.organizationNotFound();
    throw AuthErrors.membershipInactive(grants.membership);
  }

  /** What people may do by being themselves, a key may only where the route says for which scope. */
  private requireScope(grants: Grants, scope: string | undefined): void {
    if (scope === undefined) throw AuthErrors.userTokenRequired();
    if (!this.isCovered(grants, scope)) throw AuthErrors.permissionDenied(scope);
  }

  private isCovered(grants: Grants, permission: string): boolean {
    const known = this.covered.get(grants);
    if (known?.has(permission)) return true;
    if (!allowedBy(grants, permission)) return false;
    this.covered.set(grants, (known ?? new Set()).add(permission));
    return true;
  }
}

function userOnly(principal: Principal): UserPrincipal {
  if (principal.kind !== 'user') throw AuthErrors.userTokenRequired();
  return principal;
}

function admitService(principal: Principal, scope: string): void {
  if (principal.kind !== 'service') throw AuthErrors.serviceTokenRequired();
  if (!principal.scopes.includes(scope)) throw AuthErrors.scopeMissing(scope);
}
