import type { DomainError } from '@parley/platform';
import { type StopReason, Stopped } from '../streams/stop-reason.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { StreamErrors } from '../streams/streams.errors.js';
import type { StreamSource } from './stream-source.js';

/**
 * A stream that this process is generating. Readers hold only a position in it, so a slow one costs nothing and any number
 * share the same chunks. Chunks come in here after they are in the log, never before.
 */
export class LiveStream implements StreamSource {
  private readonly texts: string[] = [];
  private readonly watchers = new Set<() => void>();
  private readonly stopping = new AbortController();
  over = false;
  failure: DomainError | undefined;

  constructor(public record: StreamRecord) {}

  get lastSeq(): number {
    return this.texts.length;
  }

  textAt(seq: number): string {
    return this.texts[seq - 1]!;
  }

  /** Makes chunks visible that have just become durable. */
  show(texts: readonly string[]): void {
    for (const text of texts) this.texts.push(text);
    this.wake();
  }

  /** Raised when the generation has to end before the model is done; the reason is `Stopped`. */
  get stopSignal(): AbortSignal {
    return this.stopping.signal;
  }

  /** Why it was stopped, if it was: the first reason counts. */
  get stopReason(): StopReason | undefined {
    return (this.stopping.signal.reason as Stopped | undefined)?.reason;
  }

  /** Ends the generation. */
  stop(reason: StopReason): void {
    this.stopping.abort(new Stopped(reason));
  }

  /** The end is written down; readers may say so. */
  end(record: StreamRecord): void {
    this.record = record;
    this.over = true;
    this.wake();
  }

  /** Its end could not be written down: readers are sent away to come back for what recovery makes of it. */
  lose(): void {
    this.failure = StreamErrors.storeUnavailable();
    this.wake();
  }

  watch(onChange: () => void): () => void {
    this.watchers.add(onChange);
    return () => void this.watchers.delete(onChange);
  }

  private wake(): void {
    for (const onChange of this.watchers) onChange();
  }
}
