import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { inTransaction } from '@parley/platform';
import type { ClientSession, Connection } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import { OneTimeTokens } from '../one-time-tokens/one-time-tokens.js';
import { LoginThrottle } from '../throttling/login-throttle.js';
import { NetworkLimit } from '../throttling/network-limit.js';
import type { User } from '../users/user.schema.js';
import { UsersService } from '../users/users.service.js';

/** Ends the wait that wrong passwords have brought upon an account. It lets nobody in: the password is asked for as before. */
@Injectable()
export class AccountUnlocks {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    private readonly users: UsersService,
    private readonly tokens: OneTimeTokens,
    private readonly throttle: LoginThrottle,
    private readonly limit: NetworkLimit,
    private readonly audit: AuditLog,
  ) {}

  /** By somebody of the staff. @throws DomainError `user_not_found` */
  async byStaff(actor: string, userId: string, ip_address: string): Promise<void> {
    const user = await this.users.get(userId);
    await inTransaction(this.connection, (session) =>
      this.unlock(user, { actor, ip_address, facts: { how: 'staff' } }, session),
    );
  }

  /** By the link in the mail. @throws DomainError `token_invalid` (400), `token_expired`, `token_used` (410), `too_many_attempts` */
  async byLink(token: string, ip_address: string): Promise<void> {
    await this.limit.guardToken(ip_address, () =>
      inTransaction(this.connection, async (session) => {
        const { user_id } = await this.tokens.consume('unlock', token, session);
        const user = await this.users.get(user_id);
        await this.unlock(user, { actor: user_id, ip_address, facts: { how: 'link' } }, session);
      }),
    );
  }

  /** The counts are no part of the transaction: should it fail, the account is unlocked without an entry, and the link is still good. */
  private async unlock(
    user: User,
    entry: { actor: string; ip_address: string; facts: { how: string } },
    session: ClientSession,
  ): Promise<void> {
    await this.audit.record({ type: 'user.unlocked', subject: user._id, ...entry }, session);
    await this.throttle.unlock(user);
  }
}
