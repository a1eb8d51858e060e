import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { AuthErrors } from '@parley/auth';
import { Clock, inTransaction } from '@parley/platform';
import type { Connection, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import type { Device } from '../devices/device.js';
import { Devices } from '../devices/devices.js';
import { Standings } from '../memberships/standings.js';
import type { User } from '../users/user.schema.js';
import { UsersService } from '../users/users.service.js';
import { type ClientKind, LOGIN_SESSIONS, type LoginSession } from '../login-sessions/login-session.schema.js';
import { PresentedSessions } from '../login-sessions/presented-sessions.js';
import { judge, maxRetries } from '../login-sessions/refresh-judgement.js';
import { RefreshErrors } from '../login-sessions/refresh.errors.js';
import { type SignedInAnswer, SessionAnswers } from '../login-sessions/session-answers.js';
import { SessionWarnings } from '../login-sessions/session-warnings.js';

/** More than one is only needed when the session changes between reading and writing it, which leads to another judgement. */
const maxAttempts = 5;

/** Renews sessions. Each refresh token is good for one renewal, and one that comes back later ends its session. */
@Injectable()
export class RefreshService {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(LOGIN_SESSIONS) private readonly loginSessions: Model<LoginSession>,
    private readonly presented: PresentedSessions,
    private readonly users: UsersService,
    private readonly devices: Devices,
    private readonly answers: SessionAnswers,
    private readonly warnings: SessionWarnings,
    private readonly standings: Standings,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * @param client how the token came
   * @throws DomainError `invalid_refresh_token`, `session_expired`, `session_revoked`, `refresh_reuse`, `account_disabled`
   */
  async refresh(token: string, client: ClientKind, device: Device): Promise<SignedInAnswer> {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const { session, counter } = await this.presented.find(token, client);
      const user = await this.users.find(session.user_id);
      if (user?.status !== 'active') throw AuthErrors.accountDisabled();
      const renewed = await this.renew(session, counter, user, device);
      if (renewed) return await this.answers.of(user, renewed);
    }
    throw RefreshErrors.contended();
  }

  /** @returns undefined when the session is no longer as it was read */
  private async renew(session: LoginSession, counter: number, user: User, device: Device) {
    switch (judge(session, counter, this.isSameDevice(session, device), this.clock.now())) {
      case 'current':
        return this.rotate(session);
      case 'repeated':
        return session;
      case 'retried':
        return this.retry(session, device);
      case 'reused':
        await this.warnings.endReused(session, user, device);
        throw RefreshErrors.reused();
      case 'unknown':
        throw RefreshErrors.invalid();
    }
  }

  /** A native client keeps no cookies; one that does send the device's must send the right one. */
  private isSameDevice({ client, user_id, device_id }: LoginSession, device: Device): boolean {
    if (client === 'native' && device.cookie === null) return true;
    return this.devices.recognise(device, user_id) === device_id;
  }

  /**
   * One of many that come at once succeeds; none does once the session has ended. A session whose organisation has no place for its user any
   * more goes on outside of organisations.
   */
  private async rotate({ _id, refresh_counter, org_id, user_id }: LoginSession): Promise<LoginSession | null> {
    const isOut = org_id !== null && !(await this.standings.active(org_id, user_id));
    const now = this.clock.date();
    const next = { refreshed_at: now, last_seen_at: now, refresh_retries: 0, ...(isOut ? { org_id: null } : {}) };
    return this.loginSessions
      .findOneAndUpdate(
        { _id, refresh_counter, org_id, ended_at: null },
        { $inc: { refresh_counter: 1 }, $set: next },
        { returnDocument: 'after' },
      )
      .lean<LoginSession>();
  }

  private retry({ _id, user_id, refresh_counter }: LoginSession, { ipAddress }: Device): Promise<LoginSession | null> {
    const unseen = { seen_counter: { $lt: refresh_counter }, refresh_retries: { $lt: maxRetries } };
    return inTransaction(this.connection, async (session) => {
      const retried = await this.loginSessions
        .findOneAndUpdate(
          { _id, refresh_counter, ended_at: null, ...unseen },
          { $inc: { refresh_retries: 1 } },
          { session, returnDocument: 'after' },
        )
        .lean<LoginSession>();
      const who = { actor: user_id, subject: user_id, ip_address: ipAddress };
      if (retried) await this.audit.record({ type: 'refresh.retried', ...who, facts: { sid: _id } }, session);
      return retried;
    });
  }
}
