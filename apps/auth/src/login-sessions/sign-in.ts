import { Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { AuthErrors } from '@parley/auth';
import { Clock, inTransaction, newId } from '@parley/platform';
import type { ClientSession, Connection, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import type { Device } from '../devices/device.js';
import { Devices } from '../devices/devices.js';
import { networkOf } from '../devices/network.js';
import { PersonalOrganizations } from '../memberships/personal-organizations.js';
import { Standings } from '../memberships/standings.js';
import type { User } from '../users/user.schema.js';
import { UsersService } from '../users/users.service.js';
import { VisitorMerges } from '../visitors/visitor-merges.js';
import { type ClientKind, LOGIN_SESSIONS, type LoginSession } from './login-session.schema.js';
import { LoginErrors } from './login-sessions.errors.js';
import { LoginSessionsService } from './login-sessions.service.js';
import { PresentedSessions } from './presented-sessions.js';
import { RefreshTokens } from './refresh-tokens.js';
import { type SignedInAnswer, SessionAnswers } from './session-answers.js';
import { SessionWarnings } from './session-warnings.js';

/** How somebody has shown who they are, and what they sign in to. */
export interface SignInFacts {
  /** The methods (RFC 8176): `pwd`, `otp`, `hwk`, `fed`… */
  amr: string[];
  orgId: string | null;
  client: ClientKind;
}

/** The last step of every way to sign in, when each factor was given. */
@Injectable()
export class SignIn {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(LOGIN_SESSIONS) private readonly loginSessions: Model<LoginSession>,
    private readonly users: UsersService,
    private readonly standings: Standings,
    private readonly personal: PersonalOrganizations,
    private readonly devices: Devices,
    private readonly sessions: LoginSessionsService,
    private readonly presented: PresentedSessions,
    private readonly refreshTokens: RefreshTokens,
    private readonly answers: SessionAnswers,
    private readonly warnings: SessionWarnings,
    private readonly visitors: VisitorMerges,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Whether the account may sign in at all. Ask only after a factor was right: the answer tells about the account.
   * @throws DomainError `account_disabled`, `email_not_verified`
   */
  refuseUnlessActive(user: User): void {
    if (user.status !== 'active') throw AuthErrors.accountDisabled();
    if (!user.email_verified) throw LoginErrors.emailNotVerified();
  }

  /**
   * Makes the login session, and the tokens for it.
   * @param user as read before their factors were checked: when their sessions were ended since then, the sign-in is refused
   * @throws DomainError `account_disabled`, `email_not_verified`, `organization_not_found`, `credential_changed`
   */
  async complete(user: User, device: Device, facts: SignInFacts): Promise<SignedInAnswer> {
    this.refuseUnlessActive(user);
    const { orgId } = facts;
    if (orgId !== null && !(await this.standings.active(orgId, user._id))) throw AuthErrors.organizationNotFound();
    const isNewDevice = await this.warnings.isNewDevice(user, device);
    const replaced = facts.client === 'browser' ? await this.presented.replacedBy(device) : undefined;
    const marked = this.devices.remember(device, user._id);
    const loginSession = this.newSession(user, device, marked.id, facts);
    const errands = await inTransaction(this.connection, async (session) => {
      if (!(await this.users.admitSignIn(user, session))) throw LoginErrors.credentialChanged();
      await this.personal.ensure(user._id, session);
      await this.loginSessions.create([loginSession], { session });
      await this.record(loginSession, isNewDevice, session);
      if (isNewDevice) await this.warnings.tellOfNewDevice(user, device, session);
      if (replaced) await this.sessions.end(replaced, 'replaced', session, { ipAddress: device.ipAddress });
      return this.visitors.merge(device, user._id, session);
    });
    await this.visitors.tell(errands);
    const { answer, cookies } = await this.answers.of(user, loginSession);
    return { answer, cookies: [...cookies, marked.cookie, ...this.visitors.cookiesAfter(device)] };
  }

  private newSession(user: User, device: Device, deviceId: string, { amr, orgId, client }: SignInFacts): LoginSession {
    const now = this.clock.date();
    const sid = newId('sid');
    return {
      _id: sid,
      user_id: user._id,
      org_id: orgId,
      client,
      amr,
      refresh_key: this.refreshTokens.newKey(sid),
      refresh_counter: 0,
      refreshed_at: now,
      refresh_retries: 0,
      seen_counter: 0,
      device_id: deviceId,
      user_agent: device.userAgent,
      ip_address: device.ipAddress,
      network: networkOf(device.ipAddress),
      created_at: now,
      last_seen_at: now,
      ended_at: null,
      end_reason: null,
    };
  }

  private record(
    { _id: sid, user_id, org_id, ip_address, amr, client }: LoginSession,
    isNew: boolean,
    session: ClientSession,
  ) {
    const who = { actor: user_id, subject: user_id, org_id, ip_address };
    const facts = { sid, amr: amr.join(' '), client, new_device: isNew };
    return this.audit.record({ type: 'login_session.started', ...who, facts }, session);
  }
}
