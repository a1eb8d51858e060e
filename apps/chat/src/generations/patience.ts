/** A bounded time of waiting for something: every wait in it ends at once when it is over or when the signal is raised. */
export class Patience {
  /** Nothing more is waited for. */
  isOver = false;
  private readonly over: Promise<void>;
  private readonly timer: NodeJS.Timeout;
  /** Ends every wait at once. */
  finish!: () => void;

  constructor(
    private readonly signal: AbortSignal,
    ms: number,
  ) {
    this.over = new Promise((resolve) => {
      this.finish = () => {
        this.isOver = true;
        resolve();
      };
    });
    this.timer = setTimeout(this.finish, ms);
    if (signal.aborted) this.finish();
    else signal.addEventListener('abort', this.finish, { once: true });
  }

  async until(settled: Promise<void> | undefined): Promise<void> {
    await Promise.race([settled, this.over]);
  }

  async pause(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await this.until(new Promise((resolve) => (timer = setTimeout(resolve, ms))));
    clearTimeout(timer);
  }

  end(): void {
    clearTimeout(this.timer);
    this.signal.removeEventListener('abort', this.finish);
  }
}
