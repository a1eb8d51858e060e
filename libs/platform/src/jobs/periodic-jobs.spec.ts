import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { captureLogs, newGate } from '@parley/testing';
import { PeriodicJobs } from './periodic-jobs.js';

/** A job that waits at a gate, and the signals that its rounds were given. */
class Job {
  readonly gate = newGate();
  signal: AbortSignal | undefined;
  rounds = 0;
  isOver = false;

  run = async (signal: AbortSignal): Promise<void> => {
    this.rounds++;
    this.signal = signal;
    await this.gate.pass();
    this.isOver = true;
  };
}

const build = () => {
  const { logger, lines } = captureLogs('test');
  return { jobs: new PeriodicJobs(logger), lines };
};

describe('PeriodicJobs', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('begin after the first pause, or at once', async () => {
    jest.useFakeTimers();
    const { jobs } = build();
    const [later, now] = [new Job(), new Job()];
    jobs.every(1_000, 'later', later.run);
    jobs.everyAndNow(1_000, 'now', now.run);
    expect([later.rounds, now.rounds]).toEqual([0, 1]);
    jest.advanceTimersByTime(1_000);
    expect([later.rounds, now.rounds]).toEqual([1, 1]);
    for (const { gate } of [later, now]) gate.release();
    await jobs.onModuleDestroy();
  });

  it('do not begin again before they are over', async () => {
    jest.useFakeTimers();
    const { jobs } = build();
    const job = new Job();
    jobs.everyAndNow(1_000, 'job', job.run);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(job.rounds).toBe(1);
    job.gate.release();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(job.rounds).toBe(2);
    await jobs.onModuleDestroy();
  });

  it('are told to stop when the process is, and waited for', async () => {
    const { jobs } = build();
    const both = [new Job(), new Job()];
    both.forEach((job, index) => jobs.everyAndNow(60_000, `job ${index}`, job.run));
    expect(both.map(({ signal }) => signal?.aborted)).toEqual([false, false]);
    const destroyed = jobs.onModuleDestroy();
    expect(both.map(({ signal }) => signal?.aborted)).toEqual([true, true]);
    for (const { gate } of both) gate.release();
    await destroyed;
    expect(both.map(({ isOver }) => isOver)).toEqual([true, true]);
  });

  it('end one by one', async () => {
    const { jobs } = build();
    const both = [new Job(), new Job()];
    both.forEach((job, index) => jobs.everyAndNow(60_000, `job ${index}`, job.run));
    for (const { gate } of both) gate.release();
    await jobs.stop('job 0');
    expect(both.map(({ signal }) => signal?.aborted)).toEqual([true, false]);
    await jobs.stop();
  });

  it('log a round that fails, and go on', async () => {
    jest.useFakeTimers();
    const { jobs, lines } = build();
    let rounds = 0;
    jobs.everyAndNow(1_000, 'job', () => Promise.reject(new Error(`round ${++rounds}`)));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(rounds).toBe(2);
    expect(lines.map(({ job, msg }) => [job, msg])).toEqual(Array(2).fill(['job', 'a periodic job failed']));
    await jobs.onModuleDestroy();
  });

  it('have names of their own', () => {
    const { jobs } = build();
    jobs.every(1_000, 'job', () => Promise.resolve());
    expect(() => jobs.every(1_000, 'job', () => Promise.resolve())).toThrow('two jobs with the name job');
    return jobs.stop();
  });
});
