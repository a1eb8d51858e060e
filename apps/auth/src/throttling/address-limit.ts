import type { Counters } from './counters.js';
import type { Guess } from './guess.js';
import type { Entry, Limit } from './limit.js';
import { ThrottlingErrors } from './throttling.errors.js';

/** An office behind one address mistypes less often than this. */
const maxFailures = 30;
const windowSeconds = 300;

/** Wrong passwords from one address, for whichever accounts. */
export class AddressLimit implements Limit {
  private readonly failures;

  constructor(counters: Counters) {
    this.failures = counters.of('address_failures', windowSeconds);
  }

  async refuseEarly({ address }: Guess): Promise<void> {
    const { count, msLeft } = await this.failures.read(address);
    if (count >= maxFailures) throw ThrottlingErrors.tooManyAttempts(msLeft);
  }

  async enter({ address }: Guess): Promise<Entry> {
    const { count, msLeft } = await this.failures.add(address);
    // A success takes back its own count and no more, or else one account of one's own would open the way to all others.
    const takeBack = () => this.failures.takeBack(address);
    if (count <= maxFailures) return { takeBack, forgive: takeBack };
    await takeBack();
    throw ThrottlingErrors.tooManyAttempts(msLeft);
  }
}
