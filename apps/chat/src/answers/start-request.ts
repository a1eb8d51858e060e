import type { UserPrincipal } from '@parley/auth';
import type { StreamRecord } from '../streams/stream.schema.js';
import type { StartStream } from './answers.dto.js';

/** A request for an answer. */
export interface StartRequest {
  user: UserPrincipal;
  accessToken: string;
  sessionId: string;
  body: StartStream;
  idempotencyKey?: string;
}

export interface StartedAnswer {
  record: StreamRecord;
  /** The same request was made before: this is its stream, from the start. */
  replayed: boolean;
}
