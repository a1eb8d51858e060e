import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER, type Logger } from '../logging/logger.js';

/** One round of a job. The signal tells it to end with what it is at: the process stops. */
export type JobRound = (stop: AbortSignal) => Promise<unknown>;

interface Job {
  stopping: AbortController;
  timer: NodeJS.Timeout;
  running: Promise<void> | undefined;
}

/**
 * What a service does by itself from time to time. A round never begins while the one before it runs, and one that fails is
 * logged and made good by the next. Every process of a service runs all of its jobs: rounds have to bear that.
 */
@Injectable()
export class PeriodicJobs implements OnModuleDestroy {
  private readonly jobs = new Map<string, Job>();

  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  /** Runs a job every so many milliseconds, the first time after one such pause. */
  every(ms: number, name: string, round: JobRound): void {
    if (this.jobs.has(name)) throw new Error(`there are two jobs with the name ${name}`);
    const timer = setInterval(() => this.begin(name, round), ms).unref();
    this.jobs.set(name, { stopping: new AbortController(), timer, running: undefined });
  }

  /** As `every`, and the first time at once: for what a crash may have left behind. */
  everyAndNow(ms: number, name: string, round: JobRound): void {
    this.every(ms, name, round);
    this.begin(name, round);
  }

  /** Ends one job for good, or all of them. Settles when no round is under way any more. */
  async stop(name?: string): Promise<void> {
    const jobs = [...this.jobs].filter(([each]) => name === undefined || each === name).map(([, job]) => job);
    for (const { stopping, timer } of jobs) {
      stopping.abort();
      clearInterval(timer);
    }
    await Promise.all(jobs.flatMap(({ running }) => running ?? []));
  }

  /** Running answers are waited for only after this, so a round has to end early. */
  async onModuleDestroy(): Promise<void> {
    await this.stop();
  }

  private begin(name: string, round: JobRound): void {
    const job = this.jobs.get(name)!;
    if (job.running || job.stopping.signal.aborted) return;
    job.running = round(job.stopping.signal)
      .then(
        () => undefined,
        (error: unknown) => this.logger.warn({ job: name, err: error }, 'a periodic job failed'),
      )
      .finally(() => (job.running = undefined));
  }
}
