import { chunkFrame } from './sse-frames.js';
import type { StreamRecord } from './stream.schema.js';
import { StreamErrors } from './streams.errors.js';

/** What a reader follows: the visible chunks of a stream, its end, and word when either changes. */
export interface StreamSource {
  readonly record: StreamRecord;
  /** The last visible chunk. */
  readonly lastSeq: number;
  /** Everything is in `record`: no chunk will follow. */
  readonly over: boolean;
  /** The ready-made events of the chunks after `seq`, in one piece. */
  framesAfter(seq: number): string;
  /** Settles at the next change, or when the signal says to stop waiting. */
  changed(signal: AbortSignal): Promise<void>;
}

/**
 * A stream that this process is generating. Readers hold only a position in it, so a slow one costs nothing and any number
 * share the same frames. Chunks come in here after they are in the log, never before.
 */
export class LiveStream implements StreamSource {
  private readonly frames: string[] = [];
  private waiting = deferred();
  over = false;
  private lost = false;
  /** Ends the generation: its reason is one of the stop reasons. */
  readonly abort = new AbortController();

  constructor(public record: StreamRecord) {}

  get lastSeq(): number {
    return this.frames.length;
  }

  /** Makes chunks visible that have just become durable. */
  show(texts: readonly string[]): void {
    for (const text of texts) this.frames.push(chunkFrame(this.record._id, this.frames.length + 1, text));
    this.wake();
  }

  /** The end is written down; readers may say so. */
  end(record: StreamRecord): void {
    this.record = record;
    this.over = true;
    this.wake();
  }

  /** Its end could not be written down: readers are sent away to come back for what recovery makes of it. */
  lose(): void {
    this.lost = true;
    this.wake();
  }

  framesAfter(seq: number): string {
    return seq === this.frames.length - 1 ? this.frames[seq]! : this.frames.slice(seq).join('');
  }

  async changed(signal: AbortSignal): Promise<void> {
    if (this.lost) throw StreamErrors.storeUnavailable();
    if (signal.aborted) return;
    const { promise } = this.waiting;
    await new Promise<void>((resolve) => {
      const stop = () => resolve();
      signal.addEventListener('abort', stop, { once: true });
      void promise.then(() => {
        // A waiter that comes again and again with one signal must not leave a listener each time.
        signal.removeEventListener('abort', stop);
        resolve();
      });
    });
  }

  private wake(): void {
    const { resolve } = this.waiting;
    this.waiting = deferred();
    resolve();
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
