import { Injectable } from '@nestjs/common';
import { Secrets } from '../secrets/secrets.js';
import type { Counter } from '../throttling/counter.js';
import { Counters } from '../throttling/counters.js';
import { GuessDigests } from '../throttling/guess.js';
import { VisitorErrors } from './visitors.errors.js';

/** Coming back is cheap, but not free. */
const callsPerMinute = 60;
/** An office, or a classroom, behind one address. */
const newPerHour = 30;
/** Whoever has one network gets this many allowances a day, however many visitors they are. */
const allowancesPerDay = 5;

/** How often one network may come as a visitor: an address of IPv4, half of one of IPv6. Networks are stored as digests. */
@Injectable()
export class VisitorLimits {
  private readonly calls;
  private readonly fresh;
  private readonly allowances;
  private readonly digests: GuessDigests;

  constructor(counters: Counters, secrets: Secrets) {
    this.calls = counters.of('visitor_calls', 60);
    this.fresh = counters.of('new_visitors', 3_600);
    this.allowances = counters.of('visitor_allowances', 86_400);
    this.digests = new GuessDigests(secrets.keyFor('anonymous'));
  }

  /** @throws DomainError `too_many_visitors` (429) */
  countCall(ipAddress: string): Promise<void> {
    return this.count(this.calls, callsPerMinute, ipAddress);
  }

  /** @throws DomainError `too_many_visitors` (429) */
  countNew(ipAddress: string): Promise<void> {
    return this.count(this.fresh, newPerHour, ipAddress);
  }

  /** @returns whether the network may have another allowance today */
  async mayHaveAllowance(ipAddress: string): Promise<boolean> {
    const key = this.digests.ofNetwork(ipAddress);
    const { count } = await this.allowances.add(key);
    if (count <= allowancesPerDay) return true;
    await this.allowances.takeBack(key);
    return false;
  }

  private async count(counter: Counter, most: number, ipAddress: string): Promise<void> {
    const key = this.digests.ofNetwork(ipAddress);
    const { count, msLeft } = await counter.add(key);
    if (count <= most) return;
    await counter.takeBack(key);
    throw VisitorErrors.tooMany(msLeft);
  }
}
