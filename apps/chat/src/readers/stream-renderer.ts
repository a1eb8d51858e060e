import type { ErrorEvent } from '@parley/contracts';
import type { StreamRecord } from '../streams/stream.schema.js';
import type { StreamSource } from './stream-source.js';

/** How a stream looks to one kind of reader. Every piece is ready to be written as it is. */
export interface StreamRenderer {
  /** What stands before the first chunk. */
  start(record: StreamRecord): string;
  /** The chunks after `afterSeq`, as far as they are visible. */
  chunks(source: StreamSource, afterSeq: number): string;
  /** What closes a stream that is over. */
  end(record: StreamRecord): string;
  /** Why this reader is served no further. */
  error(source: StreamSource, error: ErrorEvent): string;
  /** Keeps proxies and clients from taking silence for death; carries nothing. */
  readonly heartbeat: string;
}
