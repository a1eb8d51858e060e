import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceProcess } from '@parley/testing';
import type { Random } from '../../soak-db/random.js';
import type { Tally } from '../books/tally.js';

export interface KillEvery {
  fromMs: number;
  toMs: number;
}

/** How often a process is killed even though no other of its kind is running. */
const bothDown = 0.1;
/** A service that starts while the database is away may give up; whoever runs it starts it again. */
const maxStarts = 10;
const pauseMs = 500;

/** Kills one of the given services again and again, and restarts it at once. */
export class Killer {
  private readonly starting = new Map<ServiceProcess, Promise<void>>();

  constructor(
    private readonly kinds: readonly (readonly ServiceProcess[])[],
    private readonly every: KillEvery,
    private readonly random: Random,
    /** Told of every kill, and of what went wrong. */
    private readonly tally: Tally,
    private readonly count: () => void = () => tally.kills++,
  ) {}

  /** Continues until the signal is raised; settles when everything is running again. */
  async work(until: AbortSignal): Promise<void> {
    const { fromMs, toMs } = this.every;
    while (!until.aborted) {
      await delay(fromMs + this.random.below(toMs - fromMs), undefined, { signal: until }).catch(() => undefined);
      const running = this.choice();
      if (!until.aborted && running.length > 0) this.strike(this.random.pick(running));
    }
    await Promise.all(this.starting.values());
  }

  /** Usually only a process whose twin is running: otherwise, where starting takes long, nothing would ever be answered. */
  private choice(): ServiceProcess[] {
    const runningKinds = this.kinds.map((kind) => kind.filter((victim) => !this.starting.has(victim)));
    const least = this.random.chance(bothDown) ? 1 : 2;
    return runningKinds.filter(({ length }, kind) => length >= Math.min(least, this.kinds[kind]!.length)).flat();
  }

  private strike(victim: ServiceProcess): void {
    this.count();
    const restart = victim
      .kill()
      .then(() => start(victim))
      .catch((error: unknown) => this.tally.fault(`a process did not start again: ${String(error)}`))
      .finally(() => this.starting.delete(victim));
    this.starting.set(victim, restart);
  }
}

/** @throws when it ends at every start */
export async function start(victim: ServiceProcess): Promise<void> {
  for (let starts = 1; ; starts++) {
    try {
      return await victim.start();
    } catch (error) {
      if (starts >= maxStarts) throw error;
      await delay(pauseMs);
    }
  }
}
