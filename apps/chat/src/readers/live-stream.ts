import type { DomainError } from '@parley/platform';
import { chunkFrame } from './sse-renderer.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { StreamErrors } from '../streams/streams.errors.js';

/** What a reader follows: the visible chunks of a stream, its end, and word when either changes. */
export interface StreamSource {
  readonly record: StreamRecord;
  /** The last visible chunk. */
  readonly lastSeq: number;
  /** Everything is in `record`: no chunk will follow. */
  readonly over: boolean;
  /** The ready-made events of the chunks after `seq`, in one piece. */
  framesAfter(seq: number): string;
  /** Why it cannot be followed any further; what is there may still be read. */
  readonly failure: DomainError | undefined;
  /** Calls back after every change, until the function that it returns is called. */
  watch(onChange: () => void): () => void;
}

/**
 * A stream that this process is generating. Readers hold only a position in it, so a slow one costs nothing and any number
 * share the same frames. Chunks come in here after they are in the log, never before.
 */
export class LiveStream implements StreamSource {
  private readonly frames: string[] = [];
  private readonly watchers = new Set<() => void>();
  over = false;
  failure: DomainError | undefined;
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
    this.failure = StreamErrors.storeUnavailable();
    this.wake();
  }

  framesAfter(seq: number): string {
    return seq === this.frames.length - 1 ? this.frames[seq]! : this.frames.slice(seq).join('');
  }

  watch(onChange: () => void): () => void {
    this.watchers.add(onChange);
    return () => void this.watchers.delete(onChange);
  }

  private wake(): void {
    for (const onChange of this.watchers) onChange();
  }
}
