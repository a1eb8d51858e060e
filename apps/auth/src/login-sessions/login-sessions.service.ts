import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { AuthErrors } from '@parley/auth';
import { Clock, newId } from '@parley/platform';
import type { Model } from 'mongoose';
import { AuthzService } from '../authz/authz.service.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { LoginThrottle } from '../throttling/login-throttle.js';
import type { User } from '../users/user.schema.js';
import { UsersService } from '../users/users.service.js';
import { LOGIN_SESSIONS, type LoginSession } from './login-session.schema.js';
import type { Login } from './login-sessions.dto.js';
import { LoginErrors } from './login-sessions.errors.js';

const maxUserAgentLength = 200;

/** What is known of where an attempt comes from. */
export interface Origin {
  ipAddress: string;
  userAgent: string | undefined;
}

@Injectable()
export class LoginSessionsService {
  constructor(
    @InjectModel(LOGIN_SESSIONS) private readonly loginSessions: Model<LoginSession>,
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly throttle: LoginThrottle,
    private readonly authz: AuthzService,
    private readonly clock: Clock,
  ) {}

  /**
   * Signs a user in on one device.
   * @throws DomainError `too_many_attempts`, `password_checks_busy`, `invalid_credentials`; and only after the right password `account_disabled`, `email_not_verified`,
   *   `organization_not_found`
   */
  async logIn(attempt: Login, { ipAddress, userAgent }: Origin): Promise<{ user: User; loginSession: LoginSession }> {
    const user = await this.authenticate(attempt, ipAddress);
    if (user.status !== 'active') throw AuthErrors.accountDisabled();
    if (!user.email_verified) throw LoginErrors.emailNotVerified();
    const { org_id } = await this.authz.grantsOf(user._id, attempt.org_id ?? null);
    const loginSession: LoginSession = {
      _id: newId('sid'),
      user_id: user._id,
      org_id,
      refresh_counter: 0,
      user_agent: userAgent?.slice(0, maxUserAgentLength) ?? null,
      created_at: this.clock.date(),
    };
    await this.loginSessions.create([loginSession]);
    return { user, loginSession };
  }

  private async authenticate({ email, username, password }: Login, ipAddress: string): Promise<User> {
    const name = email === undefined ? { username: username! } : { email };
    const guess = this.throttle.guess(name, ipAddress);
    await this.throttle.refuseEarly(guess);
    const user = await this.users.findByName(name);
    const isRight = await this.passwords.matches(user?.password_hash, password, guess, (check) =>
      this.throttle.guard(guess, check),
    );
    if (!user || !isRight) throw LoginErrors.invalidCredentials();
    return user;
  }
}
