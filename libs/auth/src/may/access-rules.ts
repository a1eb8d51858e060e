import { Injectable } from '@nestjs/common';
import { type Grants, visitorRole } from '@parley/contracts';
import type { AccessRule } from '@parley/platform';
import { AuthErrors } from '../refusals/auth.errors.js';
import type { Principal, UserPrincipal } from '../who/principal.js';
import { covers } from './permission.js';
import { PermissionSource } from './permission-source.js';

/** The permission needed where no rule was stated. */
const everything = '*:*';

/** Decides whether a principal may do what a rule guards: call a route, or send an event on a socket. */
@Injectable()
export class AccessRules {
  /** What was found to be covered by an answer about a user, for as long as that answer is remembered. */
  private readonly covered = new WeakMap<Grants, Set<string>>();

  constructor(private readonly permissions: PermissionSource) {}

  /**
   * @param rule undefined where none was stated; then only those who may do everything are let in
   * @throws DomainError `permission_denied`, `account_required`, `account_disabled`, `user_token_required`, `service_token_required`,
   *   `insufficient_scope`, or `authz_unavailable` when that cannot be known right now
   */
  async admit(principal: Principal, rule: AccessRule | undefined): Promise<void> {
    switch (rule?.kind) {
      case 'public':
        return;
      case 'service':
        return admitService(principal, rule.scope);
      case 'user':
        return this.admitUser(principal, undefined, rule.visitors);
      case 'permission':
        if (rule.orScope !== undefined && principal.kind === 'service') return admitService(principal, rule.orScope);
        return this.admitUser(principal, rule.permission);
      case undefined:
        return this.admitUser(principal, everything);
    }
  }

  /** Without a permission to ask for, whoever has not signed in is let in only where that is said. */
  private async admitUser(principal: Principal, permission: string | undefined, visitors = false): Promise<void> {
    const grants = await this.permissions.grantsOf(userOnly(principal));
    const { status, role } = grants;
    if (status !== 'active') throw AuthErrors.accountDisabled();
    if (permission === undefined && role === visitorRole && !visitors) throw AuthErrors.accountRequired();
    if (permission === undefined) return;
    if (!this.isCovered(grants, permission)) throw AuthErrors.permissionDenied(permission);
  }

  private isCovered(grants: Grants, permission: string): boolean {
    const known = this.covered.get(grants);
    if (known?.has(permission)) return true;
    if (!grants.permissions.some((pattern) => covers(pattern, permission))) return false;
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
