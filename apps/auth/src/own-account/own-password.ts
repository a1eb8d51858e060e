import { Injectable } from '@nestjs/common';
import { AuthErrors, type UserPrincipal } from '@parley/auth';
import { Clock } from '@parley/platform';
import { AuditTally } from '../audit/audit-tally.js';
import type { Device } from '../devices/device.js';
import { PasswordChecks } from '../password-checks/password-checks.js';
import { PasswordErrors } from '../passwords/passwords.errors.js';
import { recentSeconds, SecondFactors } from '../second-factors/second-factors.js';
import type { User } from '../users/user.schema.js';
import { UsersService } from '../users/users.service.js';

/** Asks somebody who is signed in for their password: a tab that was left open is not enough for what cannot be taken back. */
@Injectable()
export class OwnPassword {
  constructor(
    private readonly users: UsersService,
    private readonly checks: PasswordChecks,
    private readonly secondFactors: SecondFactors,
    private readonly refused: AuditTally,
    private readonly clock: Clock,
  ) {}

  /**
   * Who has set up a second factor must have shown it lately too.
   * @throws DomainError `reauthentication_required`, `password_incorrect` (403), `too_many_attempts`, `password_checks_busy`
   */
  async check({ userId, authTime }: UserPrincipal, password: string, device: Device): Promise<User> {
    const user = await this.users.get(userId);
    // `auth_time` is in whole seconds.
    const isRecent = this.clock.now() - authTime <= (recentSeconds + 1) * 1_000;
    if (!isRecent && (await this.secondFactors.methodsDue(user)).length > 0) {
      throw AuthErrors.reauthenticationRequired(recentSeconds);
    }
    const { isRight } = await this.checks.check({ email: user.email }, user, password, device);
    if (isRight) return user;
    this.refused.note({ type: 'password.refused', actor: userId, subject: userId, ip_address: device.ipAddress });
    throw PasswordErrors.incorrect();
  }
}
