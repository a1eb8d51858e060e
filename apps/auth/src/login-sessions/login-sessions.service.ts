import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Clock } from '@parley/platform';
import type { ClientSession, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import { SecurityEvents } from '../security-events/security-events.service.js';
import { UsersService } from '../users/users.service.js';
import { type EndReason, LOGIN_SESSIONS, type LoginSession } from './login-session.schema.js';

/** Who ends sessions, for the audit trail: by default the user themselves. */
export interface Ending {
  actor?: string | null;
  ipAddress?: string | null;
}

/** Ends login sessions: their tokens are void in all services, by events that are written with the change. */
@Injectable()
export class LoginSessionsService {
  constructor(
    @InjectModel(LOGIN_SESSIONS) private readonly loginSessions: Model<LoginSession>,
    private readonly users: UsersService,
    private readonly securityEvents: SecurityEvents,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * @param session the transaction of whatever it ends for
   * @returns false, having changed nothing, when there is no such session or it is over already
   */
  async end(sid: string, reason: EndReason, session: ClientSession, by: Ending = {}): Promise<boolean> {
    const ended = await this.loginSessions
      .findOneAndUpdate({ _id: sid, ended_at: null }, { $set: this.ended(reason) }, { session })
      .lean<LoginSession>();
    if (!ended) return false;
    await this.securityEvents.append([{ type: 'session-revoked', sid }], session);
    const { actor = ended.user_id, ipAddress: ip_address = null } = by;
    const facts = { sid, reason };
    await this.audit.record({ type: 'login_session.ended', actor, subject: ended.user_id, ip_address, facts }, session);
    return true;
  }

  /**
   * Ends all sessions of a user, also those whose sign-in has not come to its end yet.
   * @param session the transaction of whatever they end for
   * @param by `except` is the `sid` of a session that goes on
   * @returns how many there were
   */
  async endAllOf(
    userId: string,
    reason: EndReason,
    session: ClientSession,
    { except, ...by }: Ending & { except?: string } = {},
  ): Promise<number> {
    await this.users.refuseSignInsUnderWay(userId, session);
    const live = { user_id: userId, ended_at: null, ...(except === undefined ? {} : { _id: { $ne: except } }) };
    const found = await this.loginSessions.find(live, { _id: 1 }, { session }).lean<LoginSession[]>();
    const sids = found.map(({ _id }) => _id);
    await this.loginSessions.updateMany({ _id: { $in: sids } }, { $set: this.ended(reason) }, { session });
    const revoked = sids.map((sid) => ({ type: 'session-revoked' as const, sid }));
    const all = { type: 'credential-change' as const, sub: userId, valid_after: this.clock.now() };
    const changes = except === undefined ? [...revoked, all] : revoked;
    if (changes.length > 0) await this.securityEvents.append(changes, session);
    const { actor = userId, ipAddress: ip_address = null } = by;
    const facts = { reason, count: sids.length, except: except ?? null };
    await this.audit.record({ type: 'login_sessions.ended', actor, subject: userId, ip_address, facts }, session);
    return sids.length;
  }

  /**
   * The user has shown again who they are.
   * @returns the session as it is then, or undefined when it has ended
   */
  async reauthenticate(sid: string, userId: string, amr: readonly string[]): Promise<LoginSession | undefined> {
    const change = { $set: { authenticated_at: this.clock.date() }, $addToSet: { amr: { $each: [...amr] } } };
    const live = { _id: sid, user_id: userId, ended_at: null };
    const changed = this.loginSessions.findOneAndUpdate(live, change, { returnDocument: 'after' });
    return (await changed.lean<LoginSession>()) ?? undefined;
  }

  private ended(reason: EndReason): Pick<LoginSession, 'ended_at' | 'end_reason'> {
    return { ended_at: this.clock.date(), end_reason: reason };
  }
}
