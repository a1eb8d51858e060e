import type { Counters } from './counters.js';
import type { Guess } from './guess.js';
import type { Entry, Limit } from './limit.js';
import { ThrottlingErrors } from './throttling.errors.js';

/** Nobody has so many accounts, and of an office's people most sign in at last and are counted no more. */
const maxAccounts = 20;
const windowSeconds = 3_600;

/** Accounts that one address tries without success: one password for a thousand accounts hurts no single one of them. */
export class SprayingLimit implements Limit {
  private readonly accounts;
  private readonly tried;

  constructor(counters: Counters) {
    this.accounts = counters.of('address_accounts', windowSeconds);
    this.tried = counters.of('address_tried', windowSeconds);
  }

  /** When no further account may be tried, those tried before still may. */
  async refuseEarly(guess: Guess): Promise<void> {
    const { count, msLeft } = await this.accounts.read(guess.address);
    if (count < maxAccounts) return;
    const before = await this.tried.read(pairOf(guess));
    if (before.count === 0) throw ThrottlingErrors.tooManyAttempts(msLeft);
  }

  async enter(guess: Guess): Promise<Entry> {
    const { address } = guess;
    const pair = pairOf(guess);
    const uncount = async () => {
      if (await this.tried.forget(pair)) await this.accounts.takeBack(address);
    };
    const before = await this.tried.add(pair);
    if (before.count > 1) return { takeBack: () => this.tried.takeBack(pair), forgive: uncount };
    const { count, msLeft } = await this.accounts.add(address);
    if (count <= maxAccounts) return { takeBack: uncount, forgive: uncount };
    await uncount();
    throw ThrottlingErrors.tooManyAttempts(msLeft);
  }
}

const pairOf = ({ address, account }: Guess): string => `${address} ${account}`;
