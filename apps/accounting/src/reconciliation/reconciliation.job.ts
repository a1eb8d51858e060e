import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock, DomainError, PeriodicJobs } from '@parley/platform';
import type { RunScope } from './recon-run.schema.js';
import { ReconRunsService } from './recon-runs.service.js';
import { ReconciliationService } from './reconciliation.service.js';

const askEveryMs = 60_000;
const reconcileEveryMs = 60 * 60_000;
const fullEveryMs = 24 * 60 * 60_000;

/** Compares the books every hour, and all of them every day. Any number of instances may try: one run is on at a time. */
@Injectable()
export class ReconciliationJob implements OnApplicationBootstrap {
  constructor(
    private readonly jobs: PeriodicJobs,
    private readonly reconciliation: ReconciliationService,
    private readonly runs: ReconRunsService,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.every(askEveryMs, 'reconcile', () => this.reconcileWhenDue());
  }

  /** Starts a run when the last one, of whichever instance, began an hour ago; a full one every day. */
  async reconcileWhenDue(): Promise<void> {
    if (this.isWithin(reconcileEveryMs, (await this.runs.last())?.at)) return;
    const lastFull = await this.runs.lastFinished('full');
    const scope: RunScope = this.isWithin(fullEveryMs, lastFull?.at) ? 'incremental' : 'full';
    await this.reconciliation.start('svc:accounting', scope).catch((error: unknown) => {
      // Another instance was first.
      if (!(error instanceof DomainError && error.code === 'run_in_progress')) throw error;
    });
  }

  private isWithin(ms: number, at: Date | undefined): boolean {
    return at !== undefined && this.clock.now() - at.getTime() < ms;
  }
}
