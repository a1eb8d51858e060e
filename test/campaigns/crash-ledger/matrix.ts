import { crashBatch, rehearseBatch } from './batch-cell.js';
import type { Batch } from './batches.js';
import { type Audit, type Cast, crash, rehearse } from './cell.js';
import type { Operation } from './operations.js';
import { Stage } from './stage.js';
import { type Installation, Victim } from './victim.js';

export interface Matrix {
  installation: Omit<Installation, 'authUrl'>;
  operations: readonly (Operation | Batch)[];
  /** Chooses the cells of a row; `writes` is how many writes the operation makes. */
  choose: (writes: number) => number[];
  audit: Audit;
  onRow?: (row: Row) => void;
}

/** One operation: what it writes, and for each chosen write what went wrong after the crash there. */
export interface Row {
  name: string;
  writes: string[];
  cells: { write: number; faults: string[] }[];
}

/** Processes to kill. The next one is started ahead of time: starting it is what takes longest. */
class Victims {
  private spare: Promise<Victim> | undefined;

  constructor(private readonly installation: Installation) {}

  /** Starts the next one without waiting for it. */
  prepare(): void {
    this.spare ??= this.start();
  }

  take(): Promise<Victim> {
    this.prepare();
    const taken = this.spare!;
    this.spare = undefined;
    return taken;
  }

  async end(): Promise<void> {
    await (await this.spare)?.end();
  }

  private start(): Promise<Victim> {
    const started = Victim.start(this.installation);
    // A failure is reported to whoever takes it; until then it is nobody's.
    started.catch(() => undefined);
    return started;
  }
}

export const everyWrite = (writes: number): number[] => Array.from({ length: writes + 1 }, (_, write) => write);

/** Kills accounting at every chosen write of every operation; the process that takes over in one cell is the victim of the next. */
export async function runMatrix({ installation, operations, choose, audit, onRow }: Matrix): Promise<Row[]> {
  const stage = await Stage.open(installation.mongo);
  const victims = new Victims({ ...installation, authUrl: stage.auth.url });
  const rows: Row[] = [];
  let victim = await victims.take();
  try {
    await stage.price(victim);
    for (const operation of operations) {
      victims.prepare();
      const { writes, crashAt } = await rehearsed(operation, stage, victim);
      const row: Row = { name: operation.name, writes, cells: [] };
      const chosen = choose(writes.length);
      for (const write of chosen) {
        const successor = await victims.take();
        if (operation !== operations.at(-1) || write !== chosen.at(-1)) victims.prepare();
        const faults = await crashAt(write, { stage, victim, successor, audit });
        await victim.end();
        victim = successor;
        row.cells.push({ write, faults });
      }
      rows.push(row);
      onRow?.(row);
    }
    return rows;
  } finally {
    await victim.end();
    await victims.end();
    await stage.close();
  }
}

/** Runs an operation or a batch once without a crash. @returns what it writes, and how to repeat it with one */
async function rehearsed(operation: Operation | Batch, stage: Stage, victim: Victim) {
  if ('act' in operation) {
    const rehearsal = await rehearse(operation, stage, victim);
    const crashAt = (write: number, cast: Cast) => crash(operation, write, rehearsal, cast);
    return { writes: rehearsal.writes, crashAt };
  }
  const rehearsal = await rehearseBatch(operation, stage, victim);
  const crashAt = (write: number, cast: Cast) => crashBatch(operation, write, rehearsal, cast);
  return { writes: rehearsal.writes, crashAt };
}
