/** Barks when nothing happens for too long: one limit up to the first sign of life, another between those that follow. */
export class Watchdog {
  private timer: NodeJS.Timeout;
  private isAlive = false;

  constructor(
    firstMs: number,
    private readonly laterMs: number,
    private readonly bite: (ms: number) => void,
  ) {
    this.timer = this.watch(firstMs);
  }

  /** Renewing a timer in place costs next to nothing, so this can be called for every token. */
  signOfLife(): void {
    if (this.isAlive) return void this.timer.refresh();
    this.isAlive = true;
    clearTimeout(this.timer);
    this.timer = this.watch(this.laterMs);
  }

  /** We are the ones who are not reading, so the silence is not the model's. */
  pause(): void {
    clearTimeout(this.timer);
  }

  /** From here on the silence counts again, from its beginning. */
  resume(): void {
    clearTimeout(this.timer);
    this.timer = this.watch(this.laterMs);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private watch(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.bite(ms), ms);
  }
}
