import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@parley/platform';
import { newGate } from '@parley/testing';
import type { BooksComparison } from '../closings/books-comparison.service.js';
import type { SettlementsService } from '../closings/closings.service.js';
import { PeriodicJobs } from './periodic-jobs.js';
import type { RecoveryService } from './recovery.service.js';

const logger = createLogger('test', 'silent');

/** A job that stands at a gate, with what it was told when it began. */
class Job {
  readonly gate = newGate();
  signal: AbortSignal | undefined;
  isOver = false;

  run = async (signal: AbortSignal | undefined): Promise<number> => {
    this.signal = signal;
    await this.gate.pass();
    this.isOver = true;
    return 0;
  };
}

describe('PeriodicJobs', () => {
  const build = () => {
    const [recovery, settlement, comparison] = [new Job(), new Job(), new Job()];
    const jobs = new PeriodicJobs(
      { recoverAbandoned: recovery.run } as RecoveryService,
      { settleDue: (_: number, signal?: AbortSignal) => settlement.run(signal) } as SettlementsService,
      { compareDue: (_: number, signal?: AbortSignal) => comparison.run(signal) } as BooksComparison,
      logger,
    );
    return { jobs, all: [recovery, settlement, comparison] };
  };

  it('begin with the process', async () => {
    const { jobs, all } = build();
    jobs.onApplicationBootstrap();
    await Promise.all(all.map(({ gate }) => gate.reached));
    for (const { gate } of all) gate.release();
    await jobs.onModuleDestroy();
  });

  it('are told to stop when the process is, and waited for', async () => {
    const { jobs, all } = build();
    jobs.onApplicationBootstrap();
    await Promise.all(all.map(({ gate }) => gate.reached));
    expect(all.map(({ signal }) => signal?.aborted)).toEqual([false, false, false]);
    const destroyed = jobs.onModuleDestroy();
    expect(all.map(({ signal }) => signal?.aborted)).toEqual([true, true, true]);
    for (const { gate } of all) gate.release();
    await destroyed;
    expect(all.map(({ isOver }) => isOver)).toEqual([true, true, true]);
  });
});
