import { Injectable } from '@nestjs/common';
import { Secrets } from '../secrets/secrets.js';
import { AccountLimit } from '../throttling/account-limit.js';
import { Counters } from '../throttling/counters.js';
import { GuessDigests } from '../throttling/guess.js';

/**
 * Makes guessing the codes of one account slow: with three codes that are good at a time, and four tries in an hour, a guess takes years on
 * average. It counts apart from passwords: whoever guesses codes knows the password, and closes neither the account to its user's sessions
 * nor the way to a new password.
 */
@Injectable()
export class FactorThrottle {
  private readonly limit: AccountLimit;
  private readonly digests: GuessDigests;

  constructor(counters: Counters, secrets: Secrets) {
    this.limit = new AccountLimit(counters, 'factor');
    this.digests = new GuessDigests(secrets.keyFor('throttling'));
  }

  /**
   * Counts a guess before it is looked at, so that many at once get no further than one after another.
   * @throws DomainError `too_many_attempts` (429)
   */
  async guard(userId: string, check: () => Promise<boolean>): Promise<boolean> {
    const guess = { account: this.digests.ofSecondFactor(userId) };
    await this.limit.refuseEarly(guess);
    const entry = await this.limit.enter(guess);
    const isRight = await check().catch(async (error: unknown) => {
      await entry.takeBack();
      throw error;
    });
    if (isRight) await entry.forgive();
    return isRight;
  }
}
