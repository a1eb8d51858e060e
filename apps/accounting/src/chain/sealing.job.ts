import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { PeriodicJobs } from '@parley/platform';
import { ChainService } from './chain.service.js';

const sealEveryMs = 30_000;

/** Seals new entries behind their writers. Any number of instances may: sealing twice is harmless. */
@Injectable()
export class SealingJob implements OnApplicationBootstrap {
  constructor(
    private readonly jobs: PeriodicJobs,
    private readonly chain: ChainService,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.every(sealEveryMs, 'seal', () => this.chain.sealAll());
  }
}
