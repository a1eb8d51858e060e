import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { Clock, inTransaction, newId } from '@parley/platform';
import type { ClientSession, Connection, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import { PersonalOrganizations } from '../memberships/personal-organizations.js';
import { OneTimeTokens } from '../one-time-tokens/one-time-tokens.js';
import { PasswordHashes } from '../passwords/password-hashes.js';
import { SecurityEvents } from '../security-events/security-events.service.js';
import { Administrators } from '../users/administrators.js';
import { type User, USERS } from '../users/user.schema.js';
import { usernameFor } from '../users/username-for.js';
import { FirstAdministratorErrors } from './first-administrator.errors.js';

export const linkLifeMinutes = 60;

export interface NewAdministrator {
  email: string;
  firstName: string;
  lastName: string;
  /** Whether an existing user may become one. */
  promote: boolean;
  /** Whether there may be an administrator already. */
  again: boolean;
}

/** Makes an administrator from the installation itself: who can run a command on it has its database and its keys anyway. */
@Injectable()
export class FirstAdministrator {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(USERS) private readonly users: Model<User>,
    private readonly administrators: Administrators,
    private readonly personal: PersonalOrganizations,
    private readonly tokens: OneTimeTokens,
    private readonly events: SecurityEvents,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Of two at once one wins.
   * @returns the token with which they set their password; whether the user was there before
   * @throws DomainError `administrator_exists`, `email_taken`, `account_disabled`
   */
  async make(wanted: NewAdministrator): Promise<{ token: string; promoted: boolean }> {
    // Until the password is set nobody knows one.
    const password_hash = await PasswordHashes.hash(randomBytes(32).toString('base64url'));
    return inTransaction(this.connection, async (session) => {
      const others = await this.administrators.count(session);
      if (others > 0 && !wanted.again) throw FirstAdministratorErrors.exists();
      const existing = await this.users.findOne({ email: wanted.email }).session(session).lean<User>();
      if (existing && !wanted.promote) throw FirstAdministratorErrors.emailTaken();
      if (existing && existing.status !== 'active') throw FirstAdministratorErrors.notActive();
      const userId = existing ? await this.promote(existing, session) : await this.add(wanted, password_hash, session);
      const type = existing ? 'administrator.promoted' : 'administrator.created';
      await this.audit.record({ type, actor: 'cli', subject: userId, facts: { others } }, session);
      await this.tokens.endAllOf(userId, ['reset_password'], session);
      const life = { userId, lifeMs: linkLifeMinutes * 60_000 };
      return { token: await this.tokens.issue({ purpose: 'reset_password', ...life }, session), promoted: !!existing };
    });
  }

  private async promote({ _id, platform_role, role_version = 0 }: User, session: ClientSession): Promise<string> {
    if (platform_role === 'platform_admin') return _id;
    const changed = { platform_role: 'platform_admin', updated_at: this.clock.date() };
    await this.users.updateOne({ _id }, { $set: changed, $inc: { role_version: 1 } }, { session });
    const change = { type: 'token-claims-change' as const, sub: _id, org_id: null, mv: role_version + 1 };
    await this.events.append([change], session);
    return _id;
  }

  private async add(wanted: NewAdministrator, password_hash: string, session: ClientSession): Promise<string> {
    const { email, firstName: first_name, lastName: last_name } = wanted;
    const plain = usernameFor(email);
    const isTaken = await this.users.exists({ username: plain }).session(session);
    const now = this.clock.date();
    const user: User = {
      ...{ _id: newId('usr'), email, username: isTaken ? usernameFor(email, 1) : plain, first_name, last_name },
      // The operator vouches for the address.
      ...{ password_hash, email_verified: true, status: 'active', platform_role: 'platform_admin', demo: false },
      ...{ created_at: now, updated_at: now },
    };
    await this.users.create([user], { session });
    await this.personal.foundFor(user._id, session);
    return user._id;
  }
}
