import { Inject, Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { inTransaction, isDuplicateKey } from '@parley/platform';
import type { Connection } from 'mongoose';
import type { Device } from '../devices/device.js';
import { PasswordRules } from '../passwords/password-rules.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { SIGNUP_MODE, type SignupMode } from '../signup/signup.service.js';
import { SignupErrors } from '../signup/signup.errors.js';
import { NetworkLimit } from '../throttling/network-limit.js';
import type { User } from '../users/user.schema.js';
import type { InvitedSignup } from './invitation-answers.dto.js';
import { InvitationErrors } from '../invitations/invitations.errors.js';
import { InvitedAccounts } from './invited-accounts.js';
import { InvitedMemberships } from './invited-memberships.js';
import { PresentedInvitations } from './presented-invitations.js';

/** New accounts by invitation. */
@Injectable()
export class InvitedSignups {
  constructor(
    @Inject(SIGNUP_MODE) private readonly mode: SignupMode,
    @InjectConnection() private readonly connection: Connection,
    private readonly presented: PresentedInvitations,
    private readonly accounts: InvitedAccounts,
    private readonly memberships: InvitedMemberships,
    private readonly limit: NetworkLimit,
    private readonly rules: PasswordRules,
    private readonly passwords: PasswordsService,
  ) {}

  /**
   * Makes the account and the membership in one transaction. The address counts as verified: the token came to it.
   * @throws DomainError what `PresentedInvitations.find` and `InvitedMemberships.join` throw; `signup_closed` (403), `email_mismatch` (400),
   *   `account_exists` (409), `too_many_attempts`, `password_checks_busy`, and what the rules for passwords say
   */
  async signUp(wanted: InvitedSignup, language: string, { ipAddress }: Device): Promise<User & { org_id: string }> {
    if (this.mode === 'closed') throw SignupErrors.closed();
    const { token, org_id: orgId, password, first_name, last_name } = wanted;
    const { email } = wanted.email;
    // A password costs a hash, so the token is looked at first.
    const found = await this.limit.guardToken(ipAddress, () => this.presented.find(token, orgId));
    if (found.email !== email) throw InvitationErrors.otherAddress();
    this.rules.check(password, { email, firstName: first_name, lastName: last_name });
    await this.limit.admitSignup(ipAddress);
    const password_hash = await this.passwords.hash(password, { address: ipAddress, account: email });
    const account = { email, mail_address: wanted.email.mailAddress, first_name, last_name, password_hash, language };
    try {
      return await inTransaction(this.connection, async (session) => {
        const invitation = await this.presented.answer(token, { state: 'accepted', orgId }, session);
        const user = await this.accounts.claim(account, ipAddress, session);
        await this.presented.noteWho(invitation, user._id, session);
        await this.memberships.join(invitation, user._id, ipAddress, session);
        return { ...user, org_id: invitation.org_id };
      });
    } catch (error) {
      // Somebody signed up with the address at the same moment.
      throw isDuplicateKey(error) ? InvitationErrors.accountExists() : error;
    }
  }
}
