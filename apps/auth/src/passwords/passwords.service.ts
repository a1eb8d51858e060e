import { randomBytes } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { PasswordErrors } from './passwords.errors.js';
import { WorkQueue } from './work-queue.js';

/** Argon2id as OWASP advises: 19 MiB, two passes, one lane; about 17 ms. It is the library's default algorithm. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** Four hashes take 76 MiB; a hundred sign-ins at once must not take two gigabytes. */
const maxRunning = 4;
/** About 0.3 s of waiting at the end of the line. */
const maxWaiting = 64;

/** Hashes and checks passwords exactly as they were received, without Unicode normalisation (ASVS 6.2.8). */
@Injectable()
export class PasswordsService implements OnModuleInit {
  private readonly queue = new WorkQueue(maxRunning, maxWaiting, PasswordErrors.busy);
  private nobodysHash = '';

  async onModuleInit(): Promise<void> {
    this.nobodysHash = await this.hash(randomBytes(16).toString('hex'));
  }

  /** @throws DomainError `password_checks_busy` (503) */
  hash(password: string): Promise<string> {
    return this.queue.run(() => hash(password, parameters));
  }

  /**
   * Whether the password belongs to the hash. Without a hash (an unknown user) the same work is done all the same, so
   * that the time it takes does not reveal who has an account.
   * @throws DomainError `password_checks_busy` (503)
   */
  async matches(passwordHash: string | undefined, password: string): Promise<boolean> {
    const isRight = await this.queue.run(() => verify(passwordHash ?? this.nobodysHash, password));
    return isRight && passwordHash !== undefined;
  }
}
