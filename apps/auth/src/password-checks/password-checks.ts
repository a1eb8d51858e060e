import { Injectable } from '@nestjs/common';
import type { Device } from '../devices/device.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import type { AccountName, Guess } from '../throttling/guess.js';
import { LoginThrottle } from '../throttling/login-throttle.js';
import type { User } from '../users/user.schema.js';

/** Whether a password is right. Wherever one can be tried, the tries have the same counts, or else there would be a faster way to guess. */
@Injectable()
export class PasswordChecks {
  constructor(
    private readonly passwords: PasswordsService,
    private readonly throttle: LoginThrottle,
  ) {}

  /**
   * @param name under which the account was asked for
   * @param user null where the name is nobody's; the work is the same
   * @throws DomainError `too_many_attempts` (429), `password_checks_busy` (503)
   */
  async check(
    name: AccountName,
    user: User | null,
    password: string,
    device: Device,
  ): Promise<{ isRight: boolean; guess: Guess }> {
    const guess = this.throttle.guess(name, device, user?._id);
    await this.throttle.refuseEarly(guess);
    const isRight = await this.passwords.matches(user?.password_hash, password, guess, (check) =>
      this.throttle.guard(guess, check),
    );
    return { isRight, guess };
  }
}
