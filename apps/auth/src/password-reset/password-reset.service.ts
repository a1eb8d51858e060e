import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { AuthErrors } from '@parley/auth';
import { inTransaction } from '@parley/platform';
import type { Connection, Model } from 'mongoose';
import { AccountRequests } from '../account-requests/account-requests.js';
import type { Device } from '../devices/device.js';
import { NewPasswords } from '../new-passwords/new-passwords.js';
import { OneTimeTokens } from '../one-time-tokens/one-time-tokens.js';
import { LoginThrottle } from '../throttling/login-throttle.js';
import { NetworkLimit } from '../throttling/network-limit.js';
import { type User, USERS } from '../users/user.schema.js';

/** A new password for whoever reads the mail of an account. */
@Injectable()
export class PasswordResetService {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(USERS) private readonly users: Model<User>,
    private readonly requests: AccountRequests,
    private readonly limit: NetworkLimit,
    private readonly tokens: OneTimeTokens,
    private readonly newPasswords: NewPasswords,
    private readonly throttle: LoginThrottle,
  ) {}

  async ask(email: string, { ipAddress }: Device): Promise<void> {
    await this.requests.take({ kind: 'reset', email, language: 'en', ip_address: ipAddress });
  }

  /**
   * Sets the password, and ends every login session and every other such link. Nobody is signed in by it. The address is verified too:
   * the token came by mail.
   * @throws DomainError `token_invalid` (400), `token_expired`, `token_used` (410), `account_disabled`, `too_many_attempts`, and what the
   *   rules for passwords say; then the token is still good
   */
  async reset(token: string, password: string, { ipAddress }: Device): Promise<void> {
    await this.limit.guardToken(ipAddress, async () => {
      const user = await inTransaction(this.connection, async (session) => {
        const { user_id } = await this.tokens.consume('reset_password', token, session);
        const found = await this.users.findOne({ _id: user_id }).session(session).lean<User>();
        if (found?.status !== 'active') throw AuthErrors.accountDisabled();
        await this.tokens.endAllOf(user_id, ['reset_password', 'verify_email'], session);
        await this.users.updateOne({ _id: user_id }, { $set: { email_verified: true } }, { session });
        await this.newPasswords.set(found, password, { how: 'reset', ipAddress }, session);
        return found;
      });
      await this.throttle.unlock(user);
    });
  }
}
