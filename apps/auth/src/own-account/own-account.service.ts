import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { AuthErrors, type UserPrincipal } from '@parley/auth';
import { Clock, inTransaction } from '@parley/platform';
import type { ClientSession, Connection, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import type { Device } from '../devices/device.js';
import { LoginSessionsService } from '../login-sessions/login-sessions.service.js';
import { MailOutbox } from '../mail/mail-outbox.js';
import { NewPasswords } from '../new-passwords/new-passwords.js';
import { OneTimeTokens } from '../one-time-tokens/one-time-tokens.js';
import { tokenLifeMs } from '../one-time-tokens/token-lives.js';
import { Owners } from '../ownership/owners.js';
import { SecurityEvents } from '../security-events/security-events.service.js';
import { NetworkLimit } from '../throttling/network-limit.js';
import { Administrators } from '../users/administrators.js';
import { mailTo, type User, USERS } from '../users/user.schema.js';
import type { PasswordChangeDto, ProfileChange } from './own-account.dto.js';
import { OwnAccountErrors } from './own-account.errors.js';
import { OwnPassword } from './own-password.js';

/** What people change about their own account. */
@Injectable()
export class OwnAccountService {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(USERS) private readonly users: Model<User>,
    private readonly ownPassword: OwnPassword,
    private readonly newPasswords: NewPasswords,
    private readonly administrators: Administrators,
    private readonly owners: Owners,
    private readonly loginSessions: LoginSessionsService,
    private readonly tokens: OneTimeTokens,
    private readonly outbox: MailOutbox,
    private readonly events: SecurityEvents,
    private readonly audit: AuditLog,
    private readonly limit: NetworkLimit,
    private readonly clock: Clock,
  ) {}

  async changeProfile(userId: string, change: ProfileChange): Promise<User> {
    const changed = { ...change, updated_at: this.clock.date() };
    const user = await this.users
      .findOneAndUpdate({ _id: userId, status: 'active' }, { $set: changed }, { returnDocument: 'after' })
      .lean<User>();
    if (!user) throw AuthErrors.accountDisabled();
    return user;
  }

  /** @throws DomainError `reauthentication_required`, `password_incorrect`, `too_many_attempts`, `password_checks_busy`, and what the rules for passwords say */
  async changePassword(principal: UserPrincipal, change: PasswordChangeDto, device: Device): Promise<void> {
    const user = await this.ownPassword.check(principal, change.current_password, device);
    const how = { how: 'changed' as const, ipAddress: device.ipAddress, except: principal.loginSessionId };
    await inTransaction(this.connection, async (session) => {
      await this.requireUnchanged(user, session);
      await this.newPasswords.set(user, change.new_password, how, session);
    });
  }

  /** @throws DomainError `reauthentication_required`, `password_incorrect`, `too_many_attempts`, `password_checks_busy`, `last_administrator` */
  async deactivate(principal: UserPrincipal, password: string, device: Device): Promise<void> {
    const { userId } = principal;
    const checked = await this.ownPassword.check(principal, password, device);
    await inTransaction(this.connection, async (session) => {
      const user = await this.requireUnchanged(checked, session);
      await this.administrators.mayDoWithout(user, session);
      await this.owners.mayDoWithout(user._id, session);
      const now = this.clock.date();
      const changed = { status: 'deactivated', deactivated_at: now, updated_at: now };
      await this.users.updateOne({ _id: userId }, { $set: changed }, { session });
      await this.events.append([{ type: 'account-disabled', sub: userId }], session);
      await this.loginSessions.endAllOf(userId, 'account_disabled', session, { ipAddress: device.ipAddress });
      await this.record('user.deactivated', userId, device, session);
      await this.tokens.endAllOf(userId, ['restore_account', 'reset_password', 'change_email'], session);
      const life = { userId, lifeMs: tokenLifeMs.restore_account };
      const token = await this.tokens.issue({ purpose: 'restore_account', ...life }, session);
      await this.outbox.queue({ ...mailTo(user), template: 'account_deactivated', facts: { token } }, session);
    });
  }

  /** @throws DomainError `token_invalid`, `token_expired`, `token_used`, `account_not_deactivated`, `too_many_attempts` */
  async restore(token: string, device: Device): Promise<void> {
    await this.limit.guardToken(device.ipAddress, () =>
      inTransaction(this.connection, async (session) => {
        const { user_id } = await this.tokens.consume('restore_account', token, session);
        await this.tokens.endAllOf(user_id, ['restore_account'], session);
        const changed = { $set: { status: 'active', updated_at: this.clock.date() }, $unset: { deactivated_at: 1 } };
        const restored = await this.users.updateOne({ _id: user_id, status: 'deactivated' }, changed, { session });
        if (restored.matchedCount === 0) throw OwnAccountErrors.notDeactivated();
        await this.events.append([{ type: 'account-enabled', sub: user_id }], session);
        await this.record('user.restored', user_id, device, session);
      }),
    );
  }

  /** The password was right when it was looked at; somebody may have changed it, or ended the account, since. */
  private async requireUnchanged({ _id, password_hash }: User, session: ClientSession): Promise<User> {
    const user = await this.users.findOne({ _id, password_hash, status: 'active' }).session(session).lean<User>();
    if (!user) throw AuthErrors.accountDisabled();
    return user;
  }

  private record(type: string, userId: string, { ipAddress }: Device, session: ClientSession): Promise<void> {
    return this.audit.record({ type, actor: userId, subject: userId, ip_address: ipAddress }, session);
  }
}
