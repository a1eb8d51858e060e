import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Metrics, PeriodicJobs } from '@parley/platform';
import { RefillsService } from './refills.service.js';

const runEveryMs = 60_000;

@Injectable()
export class RefillsJob implements OnApplicationBootstrap {
  private readonly given;

  constructor(
    private readonly refills: RefillsService,
    private readonly jobs: PeriodicJobs,
    metrics: Metrics,
  ) {
    this.given = metrics.counter('ledger_refills_total', 'Refills that rules have given to accounts.');
  }

  onApplicationBootstrap(): void {
    this.jobs.every(runEveryMs, 'refills', (stop) => this.refill(stop));
  }

  /** @returns how many gifts were made */
  async refill(stop?: AbortSignal): Promise<number> {
    const given = await this.refills.run(stop);
    this.given.inc(given);
    return given;
  }
}
