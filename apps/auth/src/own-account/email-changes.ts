import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { AuthErrors, type UserPrincipal } from '@parley/auth';
import { Clock, inTransaction } from '@parley/platform';
import type { ClientSession, Connection, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import type { Device } from '../devices/device.js';
import { LoginSessionsService } from '../login-sessions/login-sessions.service.js';
import { MailOutbox } from '../mail/mail-outbox.js';
import { OneTimeTokens } from '../one-time-tokens/one-time-tokens.js';
import { tokenLifeMs } from '../one-time-tokens/token-lives.js';
import { AddressMailLimit } from '../throttling/address-mail-limit.js';
import { NetworkLimit } from '../throttling/network-limit.js';
import type { Mailbox } from '../users/names.js';
import { mailTo, type User, USERS } from '../users/user.schema.js';
import { OwnAccountErrors } from './own-account.errors.js';
import { OwnPassword } from './own-password.js';

/** Another address for an account: confirmed at the new one, told to the old one, which can undo it for 72 hours. */
@Injectable()
export class EmailChanges {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(USERS) private readonly users: Model<User>,
    private readonly ownPassword: OwnPassword,
    private readonly loginSessions: LoginSessionsService,
    private readonly tokens: OneTimeTokens,
    private readonly outbox: MailOutbox,
    private readonly mailLimit: AddressMailLimit,
    private readonly limit: NetworkLimit,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Mails the new address. Whether it has an account is told to nobody but its owner, so an address that is taken gets a mail too.
   * @throws DomainError `reauthentication_required`, `password_incorrect`, `too_many_attempts`, `password_checks_busy`
   */
  async ask(
    principal: UserPrincipal,
    { email, mailAddress }: Mailbox,
    password: string,
    device: Device,
  ): Promise<void> {
    const { userId } = principal;
    const user = await this.ownPassword.check(principal, password, device);
    if (!(await this.mailLimit.admit('email_change', email))) return;
    await inTransaction(this.connection, async (session) => {
      await this.tokens.endAllOf(userId, ['change_email'], session);
      await this.record('user.email_change_requested', userId, device, session);
      const owner = await this.users
        .findOne({ email, _id: { $ne: userId } })
        .session(session)
        .lean<User>();
      if (owner) return this.outbox.queue({ ...mailTo(owner), template: 'already_registered', facts: {} }, session);
      const facts = { email, mail_address: mailAddress };
      const token = await this.tokens.issue(
        { purpose: 'change_email', userId, lifeMs: tokenLifeMs.change_email, facts },
        session,
      );
      const to = { name: user.first_name, address: mailAddress };
      await this.outbox.queue({ ...mailTo(user), to, template: 'email_change', facts: { token } }, session);
    });
  }

  /** @throws DomainError `token_invalid`, `token_expired`, `token_used`, `email_taken`, `account_disabled`, `too_many_attempts` */
  async confirm(token: string, device: Device): Promise<void> {
    await this.use('change_email', token, device, async (user, wanted, session) => {
      await this.set(user, wanted, session);
      await this.tokens.endAllOf(user._id, ['reset_password'], session);
      await this.record('user.email_changed', user._id, device, session);
      const facts = { email: user.email, mail_address: user.mail_address ?? user.email };
      const life = { userId: user._id, lifeMs: tokenLifeMs.undo_email_change };
      const undo = await this.tokens.issue({ purpose: 'undo_email_change', ...life, facts }, session);
      const shown = { token: undo, new_email: wanted.email };
      await this.outbox.queue({ ...mailTo(user), template: 'email_change_notice', facts: shown }, session);
    });
  }

  /** Brings the old address back and ends every login session: whoever undoes it says that somebody else did it. */
  async undo(token: string, device: Device): Promise<void> {
    await this.use('undo_email_change', token, device, async (user, earlier, session, issuedAt) => {
      await this.set(user, earlier, session);
      await this.tokens.endAllOf(user._id, ['change_email', 'reset_password'], session);
      // The addresses that came after this one are not the owner's: what was mailed to them must not bring one of them back.
      await this.tokens.endAllOf(user._id, ['undo_email_change'], session, issuedAt);
      await this.loginSessions.endAllOf(user._id, 'email_changed', session, { ipAddress: device.ipAddress });
      await this.record('user.email_change_undone', user._id, device, session);
    });
  }

  private use(
    purpose: 'change_email' | 'undo_email_change',
    token: string,
    { ipAddress }: Device,
    work: (user: User, address: AddressFacts, session: ClientSession, issuedAt: Date) => Promise<void>,
  ): Promise<void> {
    return this.limit.guardToken(ipAddress, () =>
      inTransaction(this.connection, async (session) => {
        const { user_id, facts, created_at } = await this.tokens.consume(purpose, token, session);
        const user = await this.users.findOne({ _id: user_id, status: 'active' }).session(session).lean<User>();
        if (!user) throw AuthErrors.accountDisabled();
        await work(user, facts as unknown as AddressFacts, session, created_at);
      }),
    );
  }

  private async set({ _id }: User, { email, mail_address }: AddressFacts, session: ClientSession): Promise<void> {
    if (await this.users.exists({ email, _id: { $ne: _id } }).session(session)) throw OwnAccountErrors.emailTaken();
    const changed = { email, mail_address, email_verified: true, updated_at: this.clock.date() };
    await this.users.updateOne({ _id }, { $set: changed }, { session });
  }

  private record(type: string, userId: string, { ipAddress }: Device, session: ClientSession): Promise<void> {
    return this.audit.record({ type, actor: userId, subject: userId, ip_address: ipAddress }, session);
  }
}

interface AddressFacts {
  email: string;
  mail_address: string;
}
