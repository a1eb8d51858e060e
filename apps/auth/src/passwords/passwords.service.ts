import { randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Asker } from './line.js';
import { PasswordHashes } from './password-hashes.js';
import { PasswordErrors } from './passwords.errors.js';
import { WorkQueue } from './work-queue.js';

/** Four hashes take 76 MiB; a hundred sign-ins at once must not take two gigabytes. */
const maxRunning = 4;
/**
 * Sixty-four are about 0.3 s of waiting at the end of the line. Half of it is the most for one address, which may be an office, and a
 * quarter for one account, at which only a flood has so many.
 */
const waiting = { total: 64, perAddress: 32, perAccount: 16 };

/** The service itself, when nobody asks. */
const ourselves: Asker = { address: 'here', account: 'ours' };

/** Stands around a check when its turn has come, and may refuse it. */
export type Guard = (check: () => Promise<boolean>) => Promise<boolean>;
const unguarded: Guard = (check) => check();

/** Hashes and checks passwords exactly as they were received, without Unicode normalisation (ASVS 6.2.8). */
@Injectable()
export class PasswordsService implements OnModuleInit {
  private readonly queue = new WorkQueue(maxRunning, waiting, PasswordErrors.busy);
  private nobodysHash = '';

  async onModuleInit(): Promise<void> {
    this.nobodysHash = await this.hash(randomBytes(16).toString('hex'));
  }

  /** @throws DomainError `password_checks_busy` (503) */
  hash(password: string, asker: Asker = ourselves): Promise<string> {
    return this.queue.run(asker, () => PasswordHashes.hash(password));
  }

  /**
   * Whether the password belongs to the hash. Without a hash (an unknown user) the same work is done all the same, so
   * that the time it takes does not reveal who has an account.
   * @throws DomainError `password_checks_busy` (503), and what the guard throws
   */
  matches(
    passwordHash: string | undefined,
    password: string,
    asker: Asker = ourselves,
    guard: Guard = unguarded,
  ): Promise<boolean> {
    const check = async () => {
      const isRight = await PasswordHashes.matches(passwordHash ?? this.nobodysHash, password);
      return isRight && passwordHash !== undefined;
    };
    return this.queue.run(asker, () => guard(check));
  }

  /** Whether a hash is of another system, or of earlier parameters, and to be replaced when the password is known. */
  isOutdated(passwordHash: string): boolean {
    return !PasswordHashes.isCurrent(passwordHash);
  }
}
