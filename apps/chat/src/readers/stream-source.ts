import type { DomainError } from '@parley/platform';
import type { StreamRecord } from '../streams/stream.schema.js';

/** What a reader follows: the visible chunks of a stream, its end, and word when either changes. */
export interface StreamSource {
  readonly record: StreamRecord;
  /** The last visible chunk; the first one is 1. */
  readonly lastSeq: number;
  /** Everything is in `record`: no chunk will follow. */
  readonly over: boolean;
  /** Why it cannot be followed any further; what is there may still be read. */
  readonly failure: DomainError | undefined;
  /** The text of a visible chunk after the cursor with which the source was opened. */
  textAt(seq: number): string;
  /** Calls back after every change, until the function that it returns is called. */
  watch(onChange: () => void): () => void;
}
