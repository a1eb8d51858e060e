/** Runs a bounded number of jobs at once and lets a bounded number wait; the rest are turned away. */
export class WorkQueue {
  private running = 0;
  private readonly waiting: Array<() => void> = [];

  /** @param refuse makes the error for a job that finds the queue full */
  constructor(
    private readonly maxRunning: number,
    private readonly maxWaiting: number,
    private readonly refuse: () => Error,
  ) {}

  async run<Result>(job: () => Promise<Result>): Promise<Result> {
    if (this.running >= this.maxRunning) await this.waitForTurn();
    else this.running++;
    try {
      return await job();
    } finally {
      this.passTurnOn();
    }
  }

  private waitForTurn(): Promise<void> {
    if (this.waiting.length >= this.maxWaiting) throw this.refuse();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** The place goes straight to the next in line, so that no newcomer can slip in between. */
  private passTurnOn(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running--;
  }
}
