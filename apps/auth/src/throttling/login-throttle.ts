import { Injectable } from '@nestjs/common';
import { Secrets } from '../secrets/secrets.js';
import { AccountLimit } from './account-limit.js';
import { AddressLimit } from './address-limit.js';
import { Counters } from './counters.js';
import { type AccountName, type Guess, GuessDigests } from './guess.js';
import type { Entry, Limit } from './limit.js';
import { SprayingLimit } from './spraying-limit.js';

/**
 * Makes guessing passwords slow. Nothing depends on whether an account exists, and a guess that is refused is never looked at, so an
 * answer tells neither. Every device counts as a stranger's; limits of their own for known devices belong here.
 */
@Injectable()
export class LoginThrottle {
  private readonly accounts: AccountLimit;
  private readonly limits: readonly Limit[];
  private readonly digests: GuessDigests;

  constructor(counters: Counters, secrets: Secrets) {
    this.accounts = new AccountLimit(counters);
    this.limits = [new AddressLimit(counters), new SprayingLimit(counters), this.accounts];
    this.digests = new GuessDigests(secrets.keyFor('throttling'));
  }

  guess(name: AccountName, ipAddress: string): Guess {
    return this.digests.of(name, ipAddress);
  }

  /**
   * Refuses at the price of a few reads what the limits have closed already.
   * @throws DomainError `too_many_attempts` (429)
   */
  async refuseEarly(guess: Guess): Promise<void> {
    await Promise.all(this.limits.map((limit) => limit.refuseEarly(guess)));
  }

  /**
   * Counts the guess before the password is looked at: of a hundred guesses at once no more get through than one after another.
   * @param check whether the password is right; what it throws says nothing about that, and is not counted
   * @throws DomainError `too_many_attempts` (429)
   */
  async guard(guess: Guess, check: () => Promise<boolean>): Promise<boolean> {
    const entries = await this.enter(guess);
    const isRight = await check().catch(async (error: unknown) => {
      await takeBack(entries);
      throw error;
    });
    if (isRight) await Promise.all(entries.map((entry) => entry.forgive()));
    return isRight;
  }

  /** Ends the wait of an account, by whichever of its names it was guessed at. */
  async unlock({ email, username }: { email: string; username: string }): Promise<void> {
    const accounts = [{ email }, { username }].map((name) => this.digests.of(name, nowhere));
    await Promise.all(accounts.map((account) => this.accounts.forget(account)));
  }

  /** All limits let it through, or none keeps a count of it. */
  private async enter(guess: Guess): Promise<Entry[]> {
    const results = await Promise.allSettled(this.limits.map((limit) => limit.enter(guess)));
    const entries = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const refused = results.find((result) => result.status === 'rejected');
    if (!refused) return entries;
    await takeBack(entries);
    throw refused.reason;
  }
}

/** An address is part of every guess, and here of none. */
const nowhere = '::';

const takeBack = (entries: readonly Entry[]) => Promise.all(entries.map((entry) => entry.takeBack()));
