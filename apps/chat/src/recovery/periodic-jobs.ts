import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER, type Logger } from '@parley/platform';
import { BooksComparison } from '../closings/books-comparison.service.js';
import { SettlementsService } from '../closings/closings.service.js';
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
  private readonly stopping = new AbortController();

  constructor(
    private readonly recovery: RecoveryService,
    private readonly settlements: SettlementsService,
    private readonly books: BooksComparison,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.every(recoverEveryMs, 'recovery', (stop) => this.recovery.recoverAbandoned(stop));
    this.every(settleEveryMs, 'settlement', (stop) => this.settlements.settleDue(settlementBatch, stop));
    this.every(compareEveryMs, 'comparison', (stop) => this.books.compareDue(comparisonBatch, stop));
  }

  /** Answers are waited for only after this, so a round ends with the stream that it is at. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all(this.running.values());
  }

  private every(ms: number, name: string, job: (stop: AbortSignal) => Promise<unknown>): void {
    const round = () => {
      if (this.running.has(name)) return;
      const run = job(this.stopping.signal).then(
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
