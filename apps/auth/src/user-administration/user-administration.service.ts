import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { AuthErrors, covers, type UserPrincipal } from '@parley/auth';
import type { SecurityChange } from '@parley/contracts';
import { Clock, inTransaction } from '@parley/platform';
import type { ClientSession, Connection, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import { permissionsOf } from '../authz/permission.policy.js';
import { LoginSessionsService } from '../login-sessions/login-sessions.service.js';
import { SecondFactors } from '../second-factors/second-factors.js';
import { SecurityEvents } from '../security-events/security-events.service.js';
import { Administrators } from '../users/administrators.js';
import { type User, USERS } from '../users/user.schema.js';
import { UserErrors } from '../users/users.errors.js';
import { UsersService } from '../users/users.service.js';
import type { UserChange } from './user-administration.dto.js';
import { UserAdministrationErrors } from './user-administration.errors.js';

export const usersWrite = 'users:write';

/** Who acts, and from where. */
export interface Administrator {
  principal: UserPrincipal;
  ipAddress: string;
}

/** What administrators change about other people's accounts. */
@Injectable()
export class UserAdministration {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(USERS) private readonly users: Model<User>,
    private readonly directory: UsersService,
    private readonly administrators: Administrators,
    private readonly loginSessions: LoginSessionsService,
    private readonly secondFactors: SecondFactors,
    private readonly events: SecurityEvents,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Gives a user another role, suspends an account or lets it in again. What is so already stays and is not told again.
   * @throws DomainError `own_account`, `permission_denied`, `user_not_found`, `account_deactivated`, `last_administrator`
   */
  async change(actor: Administrator, id: string, change: UserChange): Promise<User> {
    if (actor.principal.userId === id) throw UserAdministrationErrors.ownAccount();
    return inTransaction(this.connection, async (session) => {
      await this.requireStanding(actor, session);
      const user = await this.find(id, session);
      if (!user) throw UserErrors.notFound();
      if (user.status === 'deactivated' && change.status) throw UserAdministrationErrors.deactivated();
      const next = { ...user, ...change, updated_at: this.clock.date() };
      if (next.platform_role !== 'platform_admin' || next.status !== 'active') {
        await this.administrators.mayDoWithout(user, session);
      }
      if (next.platform_role !== user.platform_role) await this.setRole(actor, user, next, session);
      if (next.status !== user.status) await this.setStatus(actor, user, next, session);
      return (await this.find(id, session))!;
    });
  }

  /** The right was there when the request came; somebody may have taken it away at the same moment. */
  private async requireStanding({ principal }: Administrator, session: ClientSession): Promise<void> {
    await this.administrators.count(session);
    const actor = await this.find(principal.userId, session);
    if (actor?.status !== 'active') throw AuthErrors.accountDisabled();
    const may = permissionsOf[actor.platform_role].some((pattern) => covers(pattern, usersWrite));
    if (!may) throw AuthErrors.permissionDenied(usersWrite);
  }

  private find(id: string, session: ClientSession): Promise<User | null> {
    return this.users
      .findOne({ _id: id, ...this.directory.whoIsThere() })
      .session(session)
      .lean<User>();
  }

  private async setRole(actor: Administrator, user: User, next: User, session: ClientSession): Promise<void> {
    const { _id, platform_role } = user;
    const changed = { platform_role: next.platform_role, updated_at: next.updated_at };
    await this.users.updateOne({ _id, platform_role }, { $set: changed, $inc: { role_version: 1 } }, { session });
    const mv = (user.role_version ?? 0) + 1;
    await this.tell({ type: 'token-claims-change', sub: _id, org_id: null, mv }, session);
    await this.record(actor, user, 'user.role_changed', { from: platform_role, to: next.platform_role }, session);
    if (this.secondFactors.isRequiredOf(next)) await this.requireFactor(actor, user, session);
  }

  /** Whoever has none yet signs in again, where one is set up first: a session from before was begun by the password alone. */
  private async requireFactor(actor: Administrator, user: User, session: ClientSession): Promise<void> {
    if ((await this.secondFactors.methodsDue(user, session)).length > 0) return;
    const by = { actor: actor.principal.userId, ipAddress: actor.ipAddress };
    await this.loginSessions.endAllOf(user._id, 'factor_required', session, by);
  }

  private async setStatus(actor: Administrator, user: User, next: User, session: ClientSession): Promise<void> {
    const { _id, status } = user;
    const changed = { status: next.status, updated_at: next.updated_at };
    await this.users.updateOne({ _id, status }, { $set: changed }, { session });
    if (next.status === 'active') {
      await this.tell({ type: 'account-enabled', sub: _id }, session);
      return this.record(actor, user, 'user.reactivated', {}, session);
    }
    await this.tell({ type: 'account-disabled', sub: _id }, session);
    const by = { actor: actor.principal.userId, ipAddress: actor.ipAddress };
    await this.loginSessions.endAllOf(_id, 'account_disabled', session, by);
    await this.record(actor, user, 'user.suspended', {}, session);
  }

  private tell(change: SecurityChange, session: ClientSession): Promise<void> {
    return this.events.append([change], session);
  }

  private record(
    { principal, ipAddress }: Administrator,
    { _id }: User,
    type: string,
    facts: Record<string, string>,
    session: ClientSession,
  ): Promise<void> {
    const entry = { type, actor: principal.userId, subject: _id, ip_address: ipAddress, facts };
    return this.audit.record(entry, session);
  }
}
