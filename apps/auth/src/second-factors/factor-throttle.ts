import { Injectable } from '@nestjs/common';
import { Secrets } from '../secrets/secrets.js';
import { Counters } from '../throttling/counters.js';
import { ThrottlingErrors } from '../throttling/throttling.errors.js';
import { createHmac } from 'node:crypto';

/** Whoever mistypes codes finds the right one in so many tries. */
const freeFailures = 10;
const rememberedForSeconds = 86_400;
/** With three codes that are good at a time, and four tries in an hour, a guess takes years on average. */
const longestWaitSeconds = 900;

const waitAfter = (failures: number): number => Math.min(2 ** (failures - freeFailures), longestWaitSeconds);

/**
 * Makes guessing the codes of one account slow. It counts apart from passwords: whoever guesses codes knows the password, and closes
 * neither the account to its user's sessions nor the way to a new password.
 */
@Injectable()
export class FactorThrottle {
  private readonly failures;
  private readonly waits;
  private readonly key: Buffer;

  constructor(counters: Counters, secrets: Secrets) {
    this.failures = counters.of('factor_failures', rememberedForSeconds);
    this.waits = counters.of('factor_waits', longestWaitSeconds);
    this.key = secrets.keyFor('throttling');
  }

  /**
   * Counts a guess before it is looked at, so that many at once get no further than one after another.
   * @throws DomainError `too_many_attempts` (429)
   */
  async guard(userId: string, check: () => Promise<boolean>): Promise<boolean> {
    const account = createHmac('sha256', this.key).update(`factor ${userId}`).digest('base64url').slice(0, 22);
    const wait = await this.waits.read(account);
    if (wait.count > 0) throw ThrottlingErrors.tooManyAttempts(wait.msLeft);
    const { count } = await this.failures.add(account);
    const begins = count >= freeFailures ? await this.waits.add(account, waitAfter(count)) : undefined;
    if (begins && begins.count > 1) {
      await this.failures.takeBack(account);
      throw ThrottlingErrors.tooManyAttempts(begins.msLeft);
    }
    const isRight = await check().catch(async (error: unknown) => {
      await this.failures.takeBack(account);
      throw error;
    });
    if (isRight) await Promise.all([this.failures.forget(account), this.waits.forget(account)]);
    return isRight;
  }
}
