import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { isStoreFailure, LOGGER, type Logger } from '@parley/platform';
import { ClosingsService } from '../closings/closings.service.js';
import type { LiveStream } from '../readers/live-stream.js';
import { ChunkLog, textOf } from '../streams/chunk-log.js';
import type { LoggedText, StreamEnd } from '../streams/stream.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { StreamStore } from '../streams/stream-store.js';
import { TurnsService } from '../turns/turns.service.js';
import type { LogWriter } from './log-writer.js';

/** How long, and how often, writing the end is retried while the database is away. */
const limitMs = 60_000;
const retryMs = 1_000;

type Written = Pick<LogWriter, 'logged' | 'isUnsure'>;

/** Brings the end of a generation to where it has to be known: the database, accounting, the readers. */
@Injectable()
export class EndingsService {
  constructor(
    private readonly turns: TurnsService,
    private readonly store: StreamStore,
    private readonly closings: ClosingsService,
    private readonly chunkLog: ChunkLog,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Never rejects: what cannot be written down is left to recovery. @param writer has written all that came */
  async end(stream: LiveStream, end: StreamEnd, writer: Written): Promise<void> {
    try {
      const ended = await this.write(stream, end, writer);
      if (ended) stream.end((await this.closings.close(ended._id)) ?? ended);
      else await this.endElsewhere(stream);
    } catch (error) {
      this.logger.error({ streaming_session_id: stream.record._id, err: error }, 'a stream is left to recovery');
      stream.lose();
    }
  }

  /** While the database is away the end is kept here; should it take too long, recovery ends the stream. */
  private async write(stream: LiveStream, end: StreamEnd, writer: Written): Promise<StreamRecord | null> {
    for (let waitedMs = 0; ; waitedMs += retryMs) {
      try {
        const logged = writer.isUnsure ? await this.readLog(stream) : writer.logged;
        return await this.turns.end(stream.record, end, logged);
      } catch (error) {
        if (!isStoreFailure(error) || waitedMs >= limitMs) throw error;
        await delay(retryMs);
      }
    }
  }

  /** A row may be there whose writing was never answered. Once the log is sealed it is known, and it is shown and paid. */
  private async readLog(stream: LiveStream): Promise<LoggedText> {
    const chunks = await this.chunkLog.seal(stream.record);
    const unshown = chunks.slice(stream.lastSeq).map(({ text }) => text);
    if (unshown.length > 0) stream.show(unshown);
    return textOf(chunks);
  }

  /** The stream was taken over while it ran; its readers get the end that the other process has written. */
  private async endElsewhere(stream: LiveStream): Promise<void> {
    const record = await this.store.find(stream.record._id);
    if (record?.ended_at && record.last_seq === stream.lastSeq) stream.end(record);
    else stream.lose();
  }
}
