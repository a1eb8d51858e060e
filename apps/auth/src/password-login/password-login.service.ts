import { Injectable } from '@nestjs/common';
import { DomainError } from '@parley/platform';
import { AccountRequests } from '../account-requests/account-requests.js';
import { AuditTally } from '../audit/audit-tally.js';
import type { Device } from '../devices/device.js';
import { FactorGate, type StepAnswer } from '../factor-sign-in/factor-gate.js';
import { LoginErrors } from '../login-sessions/login-sessions.errors.js';
import { PasswordChecks } from '../password-checks/password-checks.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { LoginThrottle } from '../throttling/login-throttle.js';
import type { Guess } from '../throttling/guess.js';
import type { User } from '../users/user.schema.js';
import { UsersService } from '../users/users.service.js';
import type { Login } from './password-login.dto.js';

/** Signs in by a password. */
@Injectable()
export class PasswordLoginService {
  constructor(
    private readonly users: UsersService,
    private readonly checks: PasswordChecks,
    private readonly passwords: PasswordsService,
    private readonly throttle: LoginThrottle,
    private readonly gate: FactorGate,
    private readonly requests: AccountRequests,
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

  private async authenticate({ email, username, password }: Login, device: Device): Promise<User> {
    const name = email === undefined ? { username: username! } : { email };
    const user = await this.users.findByName(name);
    const { isRight, guess } = await this.checks.check(name, user, password, device);
    if (!user || !isRight) {
      const { ipAddress: ip_address } = device;
      this.refused.note({ type: 'sign_in.refused', actor: null, subject: user?._id ?? null, ip_address });
      await this.offerUnlocking(guess, user?.email ?? email ?? username!, ip_address);
      throw LoginErrors.invalidCredentials();
    }
    if (this.passwords.isOutdated(user.password_hash)) await this.hashAnew(user, password);
    return user;
  }

  /** When strangers have to wait now, the owner is mailed a way to end that: the work here is the same when nobody has the name. */
  private async offerUnlocking(guess: Guess, email: string, ip_address: string): Promise<void> {
    if (guess.knownDevice !== undefined || !(await this.throttle.isWaiting(guess))) return;
    await this.requests.take({ kind: 'unlock', email, language: 'en', ip_address });
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
