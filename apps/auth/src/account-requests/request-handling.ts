import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { inTransaction, newId, Clock } from '@parley/platform';
import type { ClientSession, Connection, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import { MailOutbox } from '../mail/mail-outbox.js';
import { PersonalOrganizations } from '../memberships/personal-organizations.js';
import type { MailName } from '../mail/templates/catalogue.js';
import { OneTimeTokens } from '../one-time-tokens/one-time-tokens.js';
import { tokenLifeMs } from '../one-time-tokens/token-lives.js';
import { AddressMailLimit } from '../throttling/address-mail-limit.js';
import { mailTo, type User, USERS } from '../users/user.schema.js';
import { usernameFor } from '../users/username-for.js';
import { UsersService } from '../users/users.service.js';
import { ACCOUNT_REQUESTS, type AccountRequest } from './account-request.schema.js';

/** What comes of a request: often nothing, and only the owner of the address learns which. */
@Injectable()
export class RequestHandling {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(ACCOUNT_REQUESTS) private readonly requests: Model<AccountRequest>,
    @InjectModel(USERS) private readonly users: Model<User>,
    private readonly directory: UsersService,
    private readonly personal: PersonalOrganizations,
    private readonly tokens: OneTimeTokens,
    private readonly outbox: MailOutbox,
    private readonly mailLimit: AddressMailLimit,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  async handle(request: AccountRequest): Promise<void> {
    const mayWrite = await this.mailLimit.admit(request.kind, request.email);
    await inTransaction(this.connection, async (session) => {
      const { deletedCount } = await this.requests.deleteOne({ _id: request._id }, { session });
      if (deletedCount === 0 || !mayWrite) return;
      const { email } = request;
      const user = await this.users.findOne({ email }).session(session).lean<User>();
      if (request.kind === 'signup') await this.signUp(request, user, session);
      else if (user && this.isReachable(user)) await this.answer(request, user, session);
    });
  }

  /** A demo user is nobody while the demo is off, and nobody writes to an account that an administrator has suspended. */
  private isReachable({ demo, status }: User): boolean {
    return status === 'active' && (demo !== true || this.directory.whoIsThere().demo === undefined);
  }

  private async signUp(request: AccountRequest, user: User | null, session: ClientSession): Promise<void> {
    if (!user) return this.sendVerification(request, await this.add(request, session), session);
    if (!user.email_verified) return this.sendVerification(request, user, session);
    if (this.isReachable(user))
      await this.outbox.queue({ ...mailTo(user), template: 'already_registered', facts: {} }, session);
    if (user.status === 'deactivated') await this.sendRestoring(user, session);
  }

  private async answer({ kind }: AccountRequest, user: User, session: ClientSession): Promise<void> {
    if (kind === 'reset') return this.send(user, 'reset_password', 'reset_password', {}, session);
    if (kind === 'unlock') return user.email_verified ? this.send(user, 'unlock', 'unlock', {}, session) : undefined;
    if (user.email_verified) return;
    const chosen = (await this.tokens.latestOf(user._id, 'verify_email', session))?.facts ?? {};
    await this.send(user, 'verify_email', 'verify_email', chosen, session);
  }

  private async add({ email, signup, language, ip_address }: AccountRequest, session: ClientSession): Promise<User> {
    const { mail_address, first_name, last_name, password_hash } = signup!;
    const now = this.clock.date();
    const user: User = {
      ...{ _id: newId('usr'), email, mail_address, username: usernameFor(email, 1), first_name, last_name, language },
      ...{ password_hash, email_verified: false, status: 'active', platform_role: 'user', demo: false },
      ...{ created_at: now, updated_at: now },
    };
    await this.users.create([user], { session });
    await this.personal.foundFor(user._id, session);
    await this.audit.record({ type: 'user.signed_up', actor: user._id, subject: user._id, ip_address }, session);
    return user;
  }

  /**
   * Whoever opens the link gets the account with what was typed in the signup that it belongs to: somebody else's password, from a signup
   * with an address that is not theirs, must not be waiting behind it.
   */
  private sendVerification({ signup }: AccountRequest, user: User, session: ClientSession): Promise<void> {
    const { first_name, last_name, password_hash } = signup!;
    return this.send(user, 'verify_email', 'verify_email', { first_name, last_name, password_hash }, session);
  }

  private sendRestoring(user: User, session: ClientSession): Promise<void> {
    return this.send(user, 'restore_account', 'account_deactivated', {}, session);
  }

  private async send(
    user: User,
    purpose: 'verify_email' | 'reset_password' | 'restore_account' | 'unlock',
    template: MailName,
    facts: Readonly<Record<string, string>>,
    session: ClientSession,
  ): Promise<void> {
    const lifeMs = tokenLifeMs[purpose];
    const token = await this.tokens.issue({ purpose, userId: user._id, lifeMs, facts }, session);
    await this.outbox.queue({ ...mailTo(user), template, facts: { token } }, session);
  }
}
