import { Injectable } from '@nestjs/common';
import type { AccessRule } from '@parley/platform';
import { AuthErrors } from '../refusals/auth.errors.js';
import type { Principal, UserPrincipal } from '../who/principal.js';
import { covers } from './permission.js';
import { PermissionSource } from './permission-source.js';

/** What somebody without the needed rule must hold: everything. */
const everything = '*:*';

/** Says whether somebody may do what a rule guards: a route, or an event on a socket. */
@Injectable()
export class AccessRules {
  constructor(private readonly permissions: PermissionSource) {}

  /**
   * @param rule undefined where somebody forgot to state one: then only those get in who may do everything
   * @throws DomainError `permission_denied`, `account_disabled`, `user_token_required`, `service_token_required`,
   *   `insufficient_scope`, or `auth_unavailable` when that cannot be known right now
   */
  async admit(principal: Principal, rule: AccessRule | undefined): Promise<void> {
    switch (rule?.kind) {
      case 'public':
        return;
      case 'service':
        return admitService(principal, rule.scope);
      case 'user':
        return this.admitUser(principal, undefined);
      case 'permission':
        if (rule.orScope !== undefined && principal.kind === 'service') return admitService(principal, rule.orScope);
        return this.admitUser(principal, rule.permission);
      case undefined:
        return this.admitUser(principal, everything);
    }
  }

  private async admitUser(principal: Principal, permission: string | undefined): Promise<void> {
    const { status, permissions } = await this.permissions.grantsOf(userOnly(principal));
    if (status !== 'active') throw AuthErrors.accountDisabled();
    if (permission === undefined) return;
    if (!permissions.some((pattern) => covers(pattern, permission))) throw AuthErrors.permissionDenied(permission);
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
