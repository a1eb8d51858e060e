import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, DomainError, LOGGER, type Logger } from '@parley/platform';
import { ChainService } from '../chain/chain.service.js';
import type { RunScope } from './recon-run.schema.js';
import { ReconRunsService } from './recon-runs.service.js';
import { ReconciliationService } from './reconciliation.service.js';

const sealEveryMs = 30_000;
const lookEveryMs = 60_000;
const reconcileEveryMs = 60 * 60_000;
const fullEveryMs = 24 * 60 * 60_000;

/** Seals and checks the books by itself. Any number of instances may: sealing twice is harmless, and one run is on at a time. */
@Injectable()
export class LedgerJobs implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly running = new Map<string, Promise<void>>();

  constructor(
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly chain: ChainService,
    private readonly reconciliation: ReconciliationService,
    private readonly runs: ReconRunsService,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.every(sealEveryMs, 'seal', () => this.chain.sealAll());
    this.every(lookEveryMs, 'reconcile', () => this.reconcileWhenDue());
  }

  async onModuleDestroy(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all([...this.running.values(), this.reconciliation.stop()]);
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

  private every(ms: number, name: string, job: () => Promise<void>): void {
    const round = () => {
      if (this.running.has(name)) return;
      const run = job().catch((error: unknown) => this.logger.warn({ job: name, err: error }, 'a ledger job failed'));
      this.running.set(
        name,
        run.finally(() => this.running.delete(name)),
      );
    };
    this.timers.push(setInterval(round, ms).unref());
  }
}
