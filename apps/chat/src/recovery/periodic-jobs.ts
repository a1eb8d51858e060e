import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER, type Logger } from '@parley/platform';
import { BooksComparison } from '../settlements/books-comparison.service.js';
import { SettlementsService } from '../settlements/settlements.service.js';
import { RecoveryService } from './recovery.service.js';

const recoverEveryMs = 15_000;
const settleEveryMs = 2_000;
const settlementBatch = 100;
const compareEveryMs = 10_000;
const comparisonBatch = 500;

/** Runs the jobs that finish what a crash or an outage left open, and the one that looks whether all is well; any number of processes may run them at once. */
@Injectable()
export class PeriodicJobs implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly running = new Map<string, Promise<void>>();

  constructor(
    private readonly recovery: RecoveryService,
    private readonly settlements: SettlementsService,
    private readonly books: BooksComparison,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.every(recoverEveryMs, 'recovery', () => this.recovery.recoverAbandoned());
    this.every(settleEveryMs, 'settlement', () => this.settlements.settleDue(settlementBatch));
    this.every(compareEveryMs, 'comparison', () => this.books.compareDue(comparisonBatch));
  }

  async onModuleDestroy(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all(this.running.values());
  }

  private every(ms: number, name: string, job: () => Promise<unknown>): void {
    const round = () => {
      if (this.running.has(name)) return;
      const run = job().then(
        () => undefined,
        (error: unknown) => this.logger.warn({ job: name, err: error }, 'a periodic job failed'),
      );
      this.running.set(
        name,
        run.finally(() => this.running.delete(name)),
      );
    };
    this.timers.push(setInterval(round, ms).unref());
    round();
  }
}
