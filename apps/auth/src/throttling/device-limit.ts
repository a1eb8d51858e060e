import type { Counters } from './counters.js';
import type { Guess } from './guess.js';
import type { Entry, Limit } from './limit.js';
import { ThrottlingErrors } from './throttling.errors.js';

const maxFailures = 10;
const windowSeconds = 900;

/**
 * Wrong passwords for an account on a device where it has signed in before. It has a count of its own, so that strangers who guess keep
 * nobody out of their own devices (OWASP: device cookies), and a thief of such a device has ten tries in a quarter of an hour.
 */
export class DeviceLimit implements Limit {
  private readonly failures;

  constructor(counters: Counters) {
    this.failures = counters.of('device_failures', windowSeconds);
  }

  async refuseEarly({ knownDevice = '' }: Guess): Promise<void> {
    const { count, msLeft } = await this.failures.read(knownDevice);
    if (count >= maxFailures) throw ThrottlingErrors.tooManyAttempts(msLeft);
  }

  async enter({ knownDevice = '' }: Guess): Promise<Entry> {
    const { count, msLeft } = await this.failures.add(knownDevice);
    const takeBack = () => this.failures.takeBack(knownDevice);
    if (count <= maxFailures) return { takeBack, forgive: () => this.failures.forget(knownDevice) };
    await takeBack();
    throw ThrottlingErrors.tooManyAttempts(msLeft);
  }
}
