import { Inject, Injectable } from '@nestjs/common';
import { InjectConnection, InjectModel } from '@nestjs/mongoose';
import { AuthErrors } from '@parley/auth';
import { Clock, inTransaction, newId } from '@parley/platform';
import type { Connection, Model } from 'mongoose';
import { AuditLog } from '../audit/audit-log.js';
import { AuthzService } from '../authz/authz.service.js';
import { hostCookie, refreshCookieName } from '../devices/cookies.js';
import type { Device } from '../devices/device.js';
import type { User } from '../users/user.schema.js';
import { UsersService } from '../users/users.service.js';
import { VisitorMerges } from '../visitors/visitor-merges.js';
import { AccessTokensService } from './access-tokens.service.js';
import { type ClientKind, LOGIN_SESSIONS, type LoginSession } from './login-session.schema.js';
import { type LoginAnswer, toLoginAnswer } from './login-sessions.dto.js';
import { LoginErrors } from './login-sessions.errors.js';
import { REFRESH_LIFE, type RefreshLife } from './refresh-life.js';
import { RefreshTokens } from './refresh-tokens.js';

/** How somebody has shown who they are, and what they sign in to. */
export interface SignInFacts {
  /** The methods (RFC 8176): `pwd`, `otp`, `hwk`, `fed`… */
  amr: string[];
  orgId: string | null;
  client: ClientKind;
}

/** What a route that signs somebody in sends: the body, and values for `Set-Cookie` (see `setCookies`). */
export interface SignedInAnswer {
  answer: LoginAnswer;
  cookies: readonly string[];
}

/** The last step of every way to sign in, when each factor was given. */
@Injectable()
export class SignIn {
  constructor(
    @InjectConnection() private readonly connection: Connection,
    @InjectModel(LOGIN_SESSIONS) private readonly loginSessions: Model<LoginSession>,
    @Inject(REFRESH_LIFE) private readonly refreshLife: RefreshLife,
    private readonly users: UsersService,
    private readonly authz: AuthzService,
    private readonly accessTokens: AccessTokensService,
    private readonly refreshTokens: RefreshTokens,
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
  async complete(user: User, device: Device, { amr, orgId, client }: SignInFacts): Promise<SignedInAnswer> {
    this.refuseUnlessActive(user);
    const { org_id } = await this.authz.grantsOf(user._id, orgId);
    const sid = newId('sid');
    const loginSession: LoginSession = {
      _id: sid,
      user_id: user._id,
      org_id,
      client,
      amr,
      refresh_key: this.refreshTokens.newKey(sid),
      refresh_counter: 0,
      user_agent: device.userAgent,
      ip_address: device.ipAddress,
      created_at: this.clock.date(),
      ended_at: null,
      end_reason: null,
    };
    const errands = await inTransaction(this.connection, async (session) => {
      if (!(await this.users.admitSignIn(user, session))) throw LoginErrors.credentialChanged();
      await this.loginSessions.create([loginSession], { session });
      const facts = { sid, amr: amr.join(' '), client };
      const who = { actor: user._id, subject: user._id, org_id, ip_address: device.ipAddress };
      await this.audit.record({ type: 'login_session.started', ...who, facts }, session);
      return this.visitors.merge(device, user._id, session);
    });
    await this.visitors.tell(errands);
    const { answer, cookies } = this.answer(user, loginSession);
    return { answer, cookies: [...cookies, ...this.visitors.cookiesAfter(device)] };
  }

  private answer(user: User, loginSession: LoginSession): SignedInAnswer {
    const refreshToken = this.refreshTokens.write(loginSession, loginSession.refresh_counter);
    const answer = toLoginAnswer(user, this.accessTokens.issue(user, loginSession));
    if (loginSession.client === 'native') return { answer: { ...answer, refresh_token: refreshToken }, cookies: [] };
    return { answer, cookies: [hostCookie(refreshCookieName, refreshToken, this.refreshLife.idleSeconds)] };
  }
}
