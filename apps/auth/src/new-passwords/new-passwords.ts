import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import { LoginSessionsService } from '../login-sessions/login-sessions.service.js';
import { MailOutbox } from '../mail/mail-outbox.js';
import { OneTimeTokens } from '../one-time-tokens/one-time-tokens.js';
import { PasswordRules } from '../passwords/password-rules.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { mailTo, type User, USERS } from '../users/user.schema.js';

/** How the password came to be changed, and by whom. */
export interface PasswordChange {
  how: 'reset' | 'changed';
  ipAddress: string;
  /** The login session that goes on, if one does. */
  except?: string;
}

/** Gives a user another password: with it every other login session ends, and a mail says so. */
@Injectable()
export class NewPasswords {
  constructor(
    @InjectModel(USERS) private readonly users: Model<User>,
    private readonly rules: PasswordRules,
    private readonly passwords: PasswordsService,
    private readonly loginSessions: LoginSessionsService,
    private readonly tokens: OneTimeTokens,
    private readonly outbox: MailOutbox,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError what the rules for passwords say, and `password_checks_busy` */
  async set(user: User, password: string, change: PasswordChange, session: ClientSession): Promise<void> {
    const { _id, email, first_name, last_name } = user;
    this.rules.check(password, { email, firstName: first_name, lastName: last_name });
    const password_hash = await this.passwords.hash(password, { address: change.ipAddress, account: _id });
    const changed = { password_hash, updated_at: this.clock.date() };
    await this.users.updateOne({ _id }, { $set: changed }, { session });
    // Whoever knew the password before may have asked for another address.
    await this.tokens.endAllOf(_id, ['change_email'], session);
    const { how, ipAddress, except } = change;
    const by = { ipAddress, ...(except === undefined ? {} : { except }) };
    await this.loginSessions.endAllOf(_id, 'password_changed', session, by);
    const entry = { type: 'user.password_changed', actor: _id, subject: _id, ip_address: ipAddress, facts: { how } };
    await this.audit.record(entry, session);
    await this.outbox.queue({ ...mailTo(user), template: 'password_changed', facts: {} }, session);
  }
}
