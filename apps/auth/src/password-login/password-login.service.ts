import { Injectable } from '@nestjs/common';
import { DomainError } from '@parley/platform';
import { AuditTally } from '../audit/audit-tally.js';
import type { Device } from '../devices/device.js';
import { FactorGate, type StepAnswer } from '../factor-sign-in/factor-gate.js';
import { LoginErrors } from '../login-sessions/login-sessions.errors.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { LoginThrottle } from '../throttling/login-throttle.js';
import type { User } from '../users/user.schema.js';
import { UsersService } from '../users/users.service.js';
import type { Login } from './password-login.dto.js';

/** Signs in by a password. */
@Injectable()
export class PasswordLoginService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly throttle: LoginThrottle,
    private readonly gate: FactorGate,
    private readonly refused: AuditTally,
  ) {}

  /**
   * @throws DomainError `too_many_attempts`, `password_checks_busy`, `invalid_credentials`; and only after the right password what
   *   `FactorGate.pass` throws
   */
  async logIn(attempt: Login, device: Device): Promise<StepAnswer> {
    const user = await this.authenticate(attempt, device);
    const { org_id, client } = attempt;
    return this.gate.pass(user, device, { amr: ['pwd'], orgId: org_id ?? null, client });
  }

  private async authenticate({ email, username, password }: Login, { ipAddress }: Device): Promise<User> {
    const name = email === undefined ? { username: username! } : { email };
    const guess = this.throttle.guess(name, ipAddress);
    await this.throttle.refuseEarly(guess);
    const user = await this.users.findByName(name);
    const isRight = await this.passwords.matches(user?.password_hash, password, guess, (check) =>
      this.throttle.guard(guess, check),
    );
    if (!user || !isRight) {
      this.refused.note({ type: 'sign_in.refused', actor: null, subject: user?._id ?? null, ip_address: ipAddress });
      throw LoginErrors.invalidCredentials();
    }
    if (this.passwords.isOutdated(user.password_hash)) await this.hashAnew(user, password);
    return user;
  }

  /** An imported hash is good for one sign-in. Of several at once one stores the new hash; when nobody has time to hash, the next does. */
  private async hashAnew(user: User, password: string): Promise<void> {
    try {
      await this.users.replaceOutdatedHash(user, await this.passwords.hash(password));
    } catch (error) {
      if (!(error instanceof DomainError) || error.kind !== 'unavailable') throw error;
    }
  }
}
