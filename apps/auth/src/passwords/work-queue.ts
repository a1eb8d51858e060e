import { type Asker, Line, type LineBounds } from './line.js';

/** Runs a bounded number of jobs at once and lets a bounded number wait for their turns; the rest are turned away. */
export class WorkQueue {
  private running = 0;
  private readonly line: Line;

  /** @param refuse makes the error for a job that is turned away */
  constructor(
    private readonly maxRunning: number,
    waiting: LineBounds,
    private readonly refuse: () => Error,
  ) {
    this.line = new Line(waiting);
  }

  async run<Result>(asker: Asker, job: () => Promise<Result>): Promise<Result> {
    if (this.running >= this.maxRunning) await this.waitForTurn(asker);
    else this.running++;
    try {
      return await job();
    } finally {
      this.passTurnOn();
    }
  }

  private waitForTurn(asker: Asker): Promise<void> {
    return new Promise((begin, reject) => {
      const turnAway = () => reject(this.refuse());
      if (!this.line.add({ asker, begin, turnAway })) turnAway();
    });
  }

  /** The place goes straight to the next in line, so that no newcomer can slip in between. */
  private passTurnOn(): void {
    const next = this.line.next();
    if (next) next.begin();
    else this.running--;
  }
}
