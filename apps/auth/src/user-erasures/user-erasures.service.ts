import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { AuthErrors, covers, type UserPrincipal } from '@parley/auth';
import { Clock, inTransaction } from '@parley/platform';
import type { ClientSession, Connection, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import { permissionsOf } from '../authz/permission.policy.js';
import { ErrandRunner } from '../errands/errand-runner.js';
import { Errands } from '../errands/errands.js';
import { LoginSessionsService } from '../login-sessions/login-sessions.service.js';
import { Owners } from '../ownership/owners.js';
import { SecurityEvents } from '../security-events/security-events.service.js';
import { Administrators } from '../users/administrators.js';
import { type User, USERS } from '../users/user.schema.js';
import { UserErrors } from '../users/users.errors.js';
import { UsersService } from '../users/users.service.js';
import { ERASED_USERS, type ErasedUser } from './erased-user.schema.js';
import { PersonalData } from './personal-data.js';
import { UserErasureErrors } from './user-erasures.errors.js';

export const usersErase = 'users:erase';

/** Removes users for good. In auth that is one transaction; the other services are told by errands, until they have done it. */
@Injectable()
export class UserErasures {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(USERS) private readonly users: Model<User>,
    @InjectModel(ERASED_USERS) private readonly erased: Model<ErasedUser>,
    private readonly directory: UsersService,
    private readonly administrators: Administrators,
    private readonly owners: Owners,
    private readonly loginSessions: LoginSessionsService,
    private readonly events: SecurityEvents,
    private readonly personalData: PersonalData,
    private readonly audit: AuditLog,
    private readonly errands: Errands,
    private readonly runner: ErrandRunner,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError `own_account`, `permission_denied`, `account_disabled`, `user_not_found`, `last_administrator` */
  async erase(actor: UserPrincipal, ipAddress: string, id: string): Promise<void> {
    // A right that somebody has in an organisation does not reach beyond it.
    if (actor.orgId !== null) throw AuthErrors.permissionDenied(usersErase);
    if (actor.userId === id) throw UserErasureErrors.ownAccount();
    const errands = await inTransaction(this.connection, async (session) => {
      await this.requireStanding(actor.userId, session);
      const user = await this.find(id, session);
      if (!user) throw UserErrors.notFound();
      await this.administrators.mayDoWithout(user, session);
      await this.owners.mayDoWithout(user._id, session);
      return this.eraseHere(actor.userId, ipAddress, user, session);
    });
    await this.runner.hurry(errands);
  }

  /** Behind the lock of administrators: of two who erase each other the later one finds that they are gone. */
  private async requireStanding(actorId: string, session: ClientSession): Promise<void> {
    await this.administrators.count(session);
    const actor = await this.find(actorId, session);
    if (actor?.status !== 'active') throw AuthErrors.accountDisabled();
    const may = permissionsOf[actor.platform_role].some((pattern) => covers(pattern, usersErase));
    if (!may) throw AuthErrors.permissionDenied(usersErase);
  }

  private async eraseHere(actor: string, ipAddress: string, user: User, session: ClientSession): Promise<string[]> {
    const { _id: userId } = user;
    await this.loginSessions.endAllOf(userId, 'account_disabled', session, { actor, ipAddress });
    await this.events.append([{ type: 'account-disabled', sub: userId }], session);
    const gone = await this.owners.endPersonal(userId, session);
    await this.personalData.erase(user, session);
    await this.erased.create([{ _id: userId, erased_at: this.clock.date() }], { session });
    await this.audit.record({ type: 'user.erased', actor, subject: userId, ip_address: ipAddress }, session);
    const body = { user_id: userId };
    return this.errands.queue(
      [
        { kind: 'accounting_erasure', body },
        { kind: 'chat_erasure', body },
        ...gone.map((org_id) => ({ kind: 'pool_closure' as const, body: { org_id, whatever_it_has: 1 } })),
      ],
      session,
    );
  }

  private find(id: string, session: ClientSession): Promise<User | null> {
    return this.users
      .findOne({ _id: id, ...this.directory.whoIsThere() })
      .session(session)
      .lean<User>();
  }
}
