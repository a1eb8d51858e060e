import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock, newId } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import { PersonalOrganizations } from '../memberships/personal-organizations.js';
import { OneTimeTokens } from '../one-time-tokens/one-time-tokens.js';
import { type User, USERS } from '../users/user.schema.js';
import { usernameFor } from '../users/username-for.js';
import { InvitationErrors } from '../invitations/invitations.errors.js';
import { isUnclaimed } from './unclaimed-account.js';

export type WantedAccount = Pick<User, 'email' | 'first_name' | 'last_name' | 'password_hash'> & {
  mail_address: string;
  language: string;
};

/** The account of somebody who has shown by a mailed token that the address is theirs. */
@Injectable()
export class InvitedAccounts {
  constructor(
    @InjectModel(USERS) private readonly users: Model<User>,
    private readonly personal: PersonalOrganizations,
    private readonly tokens: OneTimeTokens,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError `account_exists` (409), or the database's duplicate key error when it came at the same moment */
  async claim(wanted: WantedAccount, ip_address: string, session: ClientSession): Promise<User> {
    const known = await this.users.findOne({ email: wanted.email }).session(session).lean<User>();
    if (known && !isUnclaimed(known)) throw InvitationErrors.accountExists();
    const user = known ? await this.takeOver(known, wanted, session) : await this.add(wanted, session);
    const who = { actor: user._id, subject: user._id, ip_address, facts: { by: 'invitation' } };
    if (!known) await this.audit.record({ type: 'user.signed_up', ...who }, session);
    await this.audit.record({ type: 'user.email_verified', ...who }, session);
    return user;
  }

  private async add(wanted: WantedAccount, session: ClientSession): Promise<User> {
    const now = this.clock.date();
    const user: User = {
      ...{ _id: newId('usr'), username: usernameFor(wanted.email, 1), ...wanted, email_verified: true },
      ...{ status: 'active', platform_role: 'user', demo: false, created_at: now, updated_at: now },
    };
    await this.users.create([user], { session });
    await this.personal.foundFor(user._id, session);
    return user;
  }

  /** Nothing of whoever signed up with the address before is left: neither password nor name nor a link. */
  private async takeOver(known: User, wanted: WantedAccount, session: ClientSession): Promise<User> {
    const set = { ...wanted, email_verified: true, updated_at: this.clock.date() };
    const unclaimed = { _id: known._id, email_verified: false, last_signed_in_at: { $exists: false } };
    const change = { $set: set, $inc: { session_epoch: 1 } };
    const { matchedCount } = await this.users.updateOne(unclaimed, change, { session });
    if (matchedCount === 0) throw InvitationErrors.accountExists();
    await this.tokens.endAllOf(known._id, ['verify_email', 'reset_password'], session);
    return { ...known, ...set };
  }
}
