import { Injectable } from '@nestjs/common';
import { AuditTally } from '../audit/audit-tally.js';
import type { Device } from '../devices/device.js';
import { PasswordErrors } from '../passwords/passwords.errors.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { LoginThrottle } from '../throttling/login-throttle.js';
import type { User } from '../users/user.schema.js';
import { UsersService } from '../users/users.service.js';

/** Asks somebody who is signed in for their password: a tab that was left open is not enough for what cannot be taken back. */
@Injectable()
export class OwnPassword {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly throttle: LoginThrottle,
    private readonly refused: AuditTally,
  ) {}

  /**
   * Wrong ones count as they do at sign-in.
   * @throws DomainError `password_incorrect` (403), `too_many_attempts`, `password_checks_busy`
   */
  async check(userId: string, password: string, device: Device): Promise<User> {
    const user = await this.users.get(userId);
    const guess = this.throttle.guess({ email: user.email }, device, userId);
    await this.throttle.refuseEarly(guess);
    const isRight = await this.passwords.matches(user.password_hash, password, guess, (check) =>
      this.throttle.guard(guess, check),
    );
    if (isRight) return user;
    this.refused.note({ type: 'password.refused', actor: userId, subject: userId, ip_address: device.ipAddress });
    throw PasswordErrors.incorrect();
  }
}
