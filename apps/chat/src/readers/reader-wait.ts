/** What a reader's wait ended with: news, too long a silence, or the reader's leaving. */
export type Woken = 'changed' | 'silent' | 'gone';

/**
 * Everything that one reader waits with, made once and used for all waits: a timer, and a listener for the reader's leaving.
 * Nothing is made for a chunk but the promise of the wait itself.
 */
export class ReaderWait {
  private resolve: ((why: Woken) => void) | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly gone: AbortSignal,
    silenceMs: number,
  ) {
    this.timer = setTimeout(() => this.wake('silent'), silenceMs);
    gone.addEventListener('abort', this.leave, { once: true });
  }

  /** One wait at a time. What has changed before is not seen here: look first, and wait in the same turn. */
  next(): Promise<Woken> {
    if (this.gone.aborted) return Promise.resolve('gone');
    this.timer.refresh();
    return new Promise((resolve) => (this.resolve = resolve));
  }

  readonly change = (): void => this.wake('changed');

  end(): void {
    clearTimeout(this.timer);
    this.gone.removeEventListener('abort', this.leave);
  }

  private readonly leave = (): void => this.wake('gone');

  private wake(why: Woken): void {
    const { resolve } = this;
    this.resolve = undefined;
    resolve?.(why);
  }
}
