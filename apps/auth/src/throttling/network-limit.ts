import { Injectable } from '@nestjs/common';
import { DomainError } from '@parley/platform';
import { Secrets } from '../secrets/secrets.js';
import type { Counter } from './counter.js';
import { Counters } from './counters.js';
import { GuessDigests } from './guess.js';
import { ThrottlingErrors } from './throttling.errors.js';

const signupsAnHour = 100;
const wrongTokens = { count: 20, seconds: 300 };
/** The codes of tokens that nobody issued. */
const unknownTokens: readonly string[] = ['token_invalid', 'invitation_not_found'];

/** What one network may do without an account: sign up, since that costs a hash, and try tokens. */
@Injectable()
export class NetworkLimit {
  private readonly signups: Counter;
  private readonly guesses: Counter;
  private readonly digests: GuessDigests;

  constructor(counters: Counters, secrets: Secrets) {
    this.signups = counters.of('network_signups', 3_600);
    this.guesses = counters.of('network_wrong_tokens', wrongTokens.seconds);
    this.digests = new GuessDigests(secrets.keyFor('throttling'));
  }

  /** @throws DomainError `too_many_attempts` (429) */
  async admitSignup(ipAddress: string): Promise<void> {
    const { count, msLeft } = await this.signups.add(this.digests.ofNetwork(ipAddress));
    if (count > signupsAnHour) throw ThrottlingErrors.tooManyAttempts(msLeft);
  }

  /**
   * Counts tokens that nobody issued; those that were used or have expired are somebody's own.
   * @throws DomainError `too_many_attempts` (429), and what `use` throws
   */
  async guardToken<Result>(ipAddress: string, use: () => Promise<Result>): Promise<Result> {
    const key = this.digests.ofNetwork(ipAddress);
    const { count, msLeft } = await this.guesses.read(key);
    if (count >= wrongTokens.count) throw ThrottlingErrors.tooManyAttempts(msLeft);
    try {
      return await use();
    } catch (error) {
      if (error instanceof DomainError && unknownTokens.includes(error.code)) await this.guesses.add(key);
      throw error;
    }
  }
}
