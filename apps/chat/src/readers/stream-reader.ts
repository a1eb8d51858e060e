import { Inject, Injectable } from '@nestjs/common';
import { PermissionSource, Revocations, type UserPrincipal } from '@parley/auth';
import { LOGGER, type Logger, toDomainError } from '@parley/platform';
import { StreamSignals } from '../signals/stream-signals.js';
import { ReaderWait } from './reader-wait.js';
import { RightsWatch } from './rights-watch.js';
import { sseRenderer } from './sse-renderer.js';
import type { SseWriter } from './sse-writer.js';
import type { StreamRenderer } from './stream-renderer.js';
import type { StreamSource } from './stream-source.js';

/** A comment after this much silence. */
const heartbeatMs = 15_000;

/** A reader: who reads, how the stream looks to them, and where it is written. */
export interface Reader {
  user: UserPrincipal;
  writer: Pick<SseWriter, 'write' | 'signal'>;
  renderer: StreamRenderer;
}

/** Brings a stream to one reader: from the cursor through what is there, then live, to the end. */
@Injectable()
export class StreamReader {
  constructor(
    readonly permissions: PermissionSource,
    readonly signals: StreamSignals,
    readonly revocations: Revocations,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Settles when the stream is over or the reader is gone; never rejects, since the headers are out. */
  async serve(source: StreamSource, writer: SseWriter, user: UserPrincipal, afterSeq: number): Promise<void> {
    const reader = { user, writer, renderer: sseRenderer };
    try {
      if (afterSeq === 0) await writer.write(reader.renderer.start(source.record));
      await this.follow(source, reader, afterSeq);
    } catch (thrown) {
      const { code, message: detail, retryable } = toDomainError(thrown);
      this.logger.warn({ code, streaming_session_id: source.record._id, err: thrown }, 'a reader was cut off');
      await writer.write(reader.renderer.error(source, { code, detail, retryable }));
    } finally {
      writer.end();
    }
  }

  private async follow(source: StreamSource, reader: Reader, afterSeq: number): Promise<void> {
    const { writer, renderer } = reader;
    const wait = new ReaderWait(writer.signal, heartbeatMs);
    const unwatch = source.watch(wait.change);
    let isRevoked = false;
    const rights = new RightsWatch(this, reader.user, () => {
      isRevoked = true;
      wait.change();
    });
    try {
      let shown = afterSeq;
      while (!writer.signal.aborted) {
        const { lastSeq, over, failure } = source;
        if (isRevoked) {
          return await writer.write(renderer.error(source, revoked));
        } else if (lastSeq > shown) {
          await writer.write(renderer.chunks(source, shown));
          shown = lastSeq;
        } else if (over) {
          return await writer.write(renderer.end(source.record));
        } else if (failure) {
          throw failure;
        } else if ((await wait.next()) === 'silent') {
          await writer.write(renderer.heartbeat);
        }
      }
    } finally {
      rights.end();
      unwatch();
      wait.end();
    }
  }
}

const revoked = { code: 'auth_revoked', detail: 'Your rights to read this stream have ended.', retryable: false };
