import type { UserPrincipal } from '@parley/auth';
import { PermissionSource } from '@parley/auth';
import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger, toDomainError } from '@parley/platform';
import type { StreamSource } from './live-stream.js';
import { ReaderWait } from './reader-wait.js';
import { closingFrames, errorFrame, heartbeatFrame, startFrame } from './sse-renderer.js';
import type { SseWriter } from './sse-writer.js';

/** A comment after this much silence; before each the reader's rights are looked at again. */
const heartbeatMs = 15_000;

/** Brings a stream to one reader: from his cursor through what is there, then live, to the end. */
@Injectable()
export class StreamReader {
  constructor(
    private readonly permissions: PermissionSource,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Settles when the stream is over or the reader is gone; never rejects, since the headers are out. */
  async serve(source: StreamSource, writer: SseWriter, user: UserPrincipal, afterSeq: number): Promise<void> {
    try {
      if (afterSeq === 0) await writer.write(startFrame(source.record));
      await this.follow(source, writer, user, afterSeq);
    } catch (thrown) {
      const { code, message: detail, retryable } = toDomainError(thrown);
      this.logger.warn({ code, streaming_session_id: source.record._id, err: thrown }, 'a reader was cut off');
      await writer.write(errorFrame(source.record._id, source.lastSeq, { code, detail, retryable }));
    } finally {
      writer.end();
    }
  }

  private async follow(source: StreamSource, writer: SseWriter, user: UserPrincipal, afterSeq: number): Promise<void> {
    const wait = new ReaderWait(writer.signal, heartbeatMs);
    const unwatch = source.watch(wait.change);
    try {
      let shown = afterSeq;
      while (!writer.signal.aborted) {
        const { lastSeq, over, failure } = source;
        if (lastSeq > shown) {
          await writer.write(source.framesAfter(shown));
          shown = lastSeq;
        } else if (over) {
          return await writer.write(closingFrames(source.record));
        } else if (failure) {
          throw failure;
        } else if ((await wait.next()) === 'silent') {
          if (await this.wasRevoked(user)) return await writer.write(this.revoked(source));
          await writer.write(heartbeatFrame);
        }
      }
    } finally {
      unwatch();
      wait.end();
    }
  }

  /** When auth cannot be asked the reader stays: trouble is never a permission answer. */
  private async wasRevoked(user: UserPrincipal): Promise<boolean> {
    return this.permissions.allows(user, 'chat:stream').then(
      (allowed) => !allowed,
      (error: unknown) => toDomainError(error).kind === 'unauthenticated',
    );
  }

  private revoked({ record, lastSeq }: StreamSource): string {
    const detail = 'Your rights to read this stream have ended.';
    return errorFrame(record._id, lastSeq, { code: 'auth_revoked', detail, retryable: false });
  }
}
