import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { Clock, inTransaction } from '@parley/platform';
import type { ClientSession, Connection, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import type { Device } from '../devices/device.js';
import { Devices } from '../devices/devices.js';
import { networkOf } from '../devices/network.js';
import { MailOutbox } from '../mail/mail-outbox.js';
import { mailTo, type User } from '../users/user.schema.js';
import { keptAfterEndMs, LOGIN_SESSIONS, type LoginSession } from './login-session.schema.js';
import { LoginSessionsService } from './login-sessions.service.js';

/** Tells a user what they should know of: a device that is new to the account, a refresh token that somebody else may have. */
@Injectable()
export class SessionWarnings {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(LOGIN_SESSIONS) private readonly loginSessions: Model<LoginSession>,
    private readonly sessions: LoginSessionsService,
    private readonly devices: Devices,
    private readonly outbox: MailOutbox,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** Whether the account has not signed in there as far as we remember. The very first sign-in is no news to anybody. */
  async isNewDevice(user: User, device: Device): Promise<boolean> {
    if (this.devices.recognise(device, user._id) !== undefined) return false;
    const place = { user_agent: device.userAgent, network: networkOf(device.ipAddress) };
    if (await this.loginSessions.exists({ user_id: user._id, ...place })) return false;
    const isFirst = !(await this.loginSessions.exists({ user_id: user._id }));
    // Sessions are kept for a while, so a young account without any has had none.
    return !isFirst || this.clock.now() - user.created_at.getTime() > keptAfterEndMs;
  }

  async tellOfNewDevice(user: User, device: Device, session: ClientSession): Promise<void> {
    await this.queue('new_device', user, device, session);
  }

  /** Ends a session one of whose old refresh tokens came back. Of several at once, one tells the user. */
  async endReused({ _id: sid }: LoginSession, user: User, device: Device): Promise<void> {
    const { ipAddress: ip_address } = device;
    await inTransaction(this.connection, async (session) => {
      const by = { actor: null, ipAddress: ip_address };
      if (!(await this.sessions.end(sid, 'refresh_reused', session, by))) return;
      const entry = { actor: null, subject: user._id, ip_address, facts: { sid, user_agent: device.userAgent } };
      await this.audit.record({ type: 'refresh.reused', ...entry }, session);
      await this.queue('refresh_reuse', user, device, session);
    });
  }

  private queue(template: 'new_device' | 'refresh_reuse', user: User, device: Device, session: ClientSession) {
    const { ipAddress: ip_address, userAgent } = device;
    const facts = { at: this.clock.date().toISOString(), ip_address, device: userAgent ?? '?' };
    return this.outbox.queue({ ...mailTo(user), template, facts }, session);
  }
}
