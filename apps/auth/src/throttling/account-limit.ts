import type { Counters } from './counters.js';
import type { Guess } from './guess.js';
import type { Entry, Limit } from './limit.js';
import { ThrottlingErrors } from './throttling.errors.js';

/** Whoever has forgotten a password finds it in ten tries, or asks for a new one. */
const freeFailures = 10;
/** Long, because a short memory gives ten fresh tries each time; harmless, because the waits begin with a second. */
const rememberedForSeconds = 86_400;
/** Never longer, and never for ever: an attacker must not be able to lock somebody out. */
const longestWaitSeconds = 900;

/** A second after the tenth wrong password, and twice as long after each further one. */
const waitAfter = (failures: number): number => Math.min(2 ** (failures - freeFailures), longestWaitSeconds);

/**
 * Ten wrong passwords for an account, from wherever they come; then one at a time, with a wait that doubles. Codes of a second factor are
 * limited in the same way, under a count of their own.
 */
export class AccountLimit implements Limit {
  private readonly failures;
  private readonly waits;

  constructor(counters: Counters, what: 'account' | 'factor' = 'account') {
    this.failures = counters.of(`${what}_failures`, rememberedForSeconds);
    this.waits = counters.of(`${what}_waits`, longestWaitSeconds);
  }

  async refuseEarly({ account }: Pick<Guess, 'account'>): Promise<void> {
    const wait = await this.waits.read(account);
    if (wait.count > 0) throw ThrottlingErrors.tooManyAttempts(wait.msLeft);
  }

  /** Whether strangers have to wait now. */
  async isWaiting({ account }: Guess): Promise<boolean> {
    return (await this.waits.read(account)).count > 0;
  }

  async enter({ account }: Pick<Guess, 'account'>): Promise<Entry> {
    const { count } = await this.failures.add(account);
    const begins = count >= freeFailures ? await this.waits.add(account, waitAfter(count)) : undefined;
    if (begins && begins.count > 1) {
      // Somebody else's wait has begun, perhaps on another instance.
      await this.failures.takeBack(account);
      throw ThrottlingErrors.tooManyAttempts(begins.msLeft);
    }
    return {
      takeBack: () => Promise.all([this.failures.takeBack(account), begins && this.waits.forget(account)]),
      forgive: () => this.forget({ account }),
    };
  }

  /** As if nobody had ever guessed. */
  async forget({ account }: Pick<Guess, 'account'>): Promise<void> {
    await Promise.all([this.failures.forget(account), this.waits.forget(account)]);
  }
}
