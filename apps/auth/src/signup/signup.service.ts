import { Inject, Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { Clock, inTransaction } from '@parley/platform';
import type { Connection, Model } from 'mongoose';
import { AccountRequests } from '../account-requests/account-requests.js';
import { AuditLog } from '../audit/audit-log.js';
import type { Device } from '../devices/device.js';
import { Errands } from '../errands/errands.js';
import { OneTimeTokens } from '../one-time-tokens/one-time-tokens.js';
import { PasswordRules } from '../passwords/password-rules.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { NetworkLimit } from '../throttling/network-limit.js';
import { type User, USERS } from '../users/user.schema.js';
import type { Signup } from './signup.dto.js';
import { SignupErrors } from './signup.errors.js';

/** Who may sign up: everybody, who was invited, or nobody. */
export type SignupMode = 'open' | 'invited' | 'closed';
export const SIGNUP_MODE = Symbol('SignupMode');

/** New accounts, and the proof that their address is theirs. */
@Injectable()
export class SignupService {
  constructor(
    @Inject(SIGNUP_MODE) private readonly mode: SignupMode,
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(USERS) private readonly users: Model<User>,
    private readonly requests: AccountRequests,
    private readonly limit: NetworkLimit,
    private readonly rules: PasswordRules,
    private readonly passwords: PasswordsService,
    private readonly tokens: OneTimeTokens,
    private readonly audit: AuditLog,
    private readonly errands: Errands,
    private readonly clock: Clock,
  ) {}

  /**
   * Takes a signup in. Whether the address has an account already makes no difference to anything that is done here.
   * @throws DomainError `signup_closed`, `signup_by_invitation`, `too_many_attempts`, `password_checks_busy`, and what the rules say
   */
  async signUp(
    { email: address, password, first_name, last_name }: Signup,
    language: string,
    { ipAddress }: Device,
  ): Promise<void> {
    if (this.mode === 'closed') throw SignupErrors.closed();
    if (this.mode === 'invited') throw SignupErrors.invited();
    const { email, mailAddress: mail_address } = address;
    this.rules.check(password, { email, firstName: first_name, lastName: last_name });
    await this.limit.admitSignup(ipAddress);
    const password_hash = await this.passwords.hash(password, { address: ipAddress, account: email });
    const signup = { mail_address, first_name, last_name, password_hash };
    await this.requests.take({ kind: 'signup', email, signup, language, ip_address: ipAddress });
  }

  /** @throws DomainError `token_invalid` (400), `token_expired`, `token_used` (410), `too_many_attempts` */
  async verify(token: string, { ipAddress }: Device): Promise<void> {
    await this.limit.guardToken(ipAddress, () =>
      inTransaction(this.connection, async (session) => {
        const { user_id, facts } = await this.tokens.consume('verify_email', token, session);
        await this.tokens.endAllOf(user_id, ['verify_email'], session);
        const verified = { ...facts, email_verified: true, updated_at: this.clock.date() };
        const unverified = { _id: user_id, email_verified: false };
        const { modifiedCount } = await this.users.updateOne(unverified, { $set: verified }, { session });
        // Only an address that is somebody's own is worth credits; accounting gives them once.
        if (modifiedCount > 0) await this.errands.queue([{ kind: 'starting_balance', body: { user_id } }], session);
        const entry = { type: 'user.email_verified', actor: user_id, subject: user_id, ip_address: ipAddress };
        await this.audit.record(entry, session);
      }),
    );
  }

  async resend(email: string, { ipAddress }: Device): Promise<void> {
    await this.requests.take({ kind: 'verification', email, language: 'en', ip_address: ipAddress });
  }
}
