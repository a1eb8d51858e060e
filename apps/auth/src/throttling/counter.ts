import type { RateLimiterAbstract } from 'rate-limiter-flexible';

/** What is counted under a key, and when it is forgotten. */
export interface Tally {
  count: number;
  msLeft: number;
}

/** Counts under keys. A key is forgotten some time after it was first counted. */
export class Counter {
  /** @param limiter the library's store, of which only the counting is used: what the counts mean is decided by the limits */
  constructor(private readonly limiter: RateLimiterAbstract) {}

  async read(key: string): Promise<Tally> {
    const found = await this.limiter.get(key);
    return { count: found?.consumedPoints ?? 0, msLeft: found?.msBeforeNext ?? 0 };
  }

  /** @param seconds until a key that is new is forgotten, when it is not the counter's own time */
  async add(key: string, seconds?: number): Promise<Tally> {
    const options = seconds === undefined ? {} : { customDuration: seconds };
    const { consumedPoints: count, msBeforeNext: msLeft } = await this.limiter.penalty(key, 1, options);
    return { count, msLeft };
  }

  /** Takes one back. What was forgotten meanwhile must not become a credit. */
  async takeBack(key: string): Promise<void> {
    const { consumedPoints } = await this.limiter.reward(key);
    if (consumedPoints < 0) await this.limiter.delete(key);
  }

  /** @returns whether there was something to forget */
  forget(key: string): Promise<boolean> {
    return this.limiter.delete(key);
  }
}
