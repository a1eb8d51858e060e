import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER, type Logger } from '../logging/logger.js';

/** One round of a job. The signal tells it to finish what it is doing, because the process is stopping. */
export type JobRound = (stop: AbortSignal) => Promise<unknown>;

interface Job {
  stopping: AbortController;
  timer: NodeJS.Timeout;
  running: Promise<void> | undefined;
}

/**
 * What a service does on its own from time to time. A round never begins while the previous one is running; one that fails is
 * logged, and the next one makes up for it. Every process of a service runs all of its jobs, so rounds must tolerate each other.
 */
@Injectable()
export class PeriodicJobs implements OnModuleDestroy {
  private readonly jobs = new Map<string, Job>();

  constructor(@Inject(LOGGER) private readonly logger: Logger) {}

  /** Runs a job every `ms` milliseconds, for the first time after one such pause. */
  every(ms: number, name: string, round: JobRound): void {
    if (this.jobs.has(name)) throw new Error(`there are two jobs with the name ${name}`);
    const timer = setInterval(() => this.begin(name, round), ms).unref();
    this.jobs.set(name, { stopping: new AbortController(), timer, running: undefined });
  }

  /** Like `every`, but with the first round at once: for what a crash may have left behind. */
  everyAndNow(ms: number, name: string, round: JobRound): void {
    this.every(ms, name, round);
    this.begin(name, round);
  }

  /** Ends one job for good, or all of them. Settles when no round is running any more. */
  async stop(name?: string): Promise<void> {
    const jobs = [...this.jobs].filter(([each]) => name === undefined || each === name).map(([, job]) => job);
    for (const { stopping, timer } of jobs) {
      stopping.abort();
      clearInterval(timer);
    }
    await Promise.all(jobs.flatMap(({ running }) => running ?? []));
  }

  /** Only after this does the service wait for running answers, so a round has to end early. */
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
