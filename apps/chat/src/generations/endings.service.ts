import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { isStoreFailure, LOGGER, type Logger } from '@parley/platform';
import { ClosingsService } from '../closings/closings.service.js';
import type { LiveStream } from '../readers/live-stream.js';
import type { StreamEnd } from '../streams/stream.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { StreamStore } from '../streams/stream-store.js';
import { TurnsService } from '../turns/turns.service.js';

/** How long, and how often, writing the end is retried while the database is away. */
const limitMs = 60_000;
const retryMs = 1_000;

/** Brings the end of a generation to where it has to be known: the database, accounting, the readers. */
@Injectable()
export class EndingsService {
  constructor(
    private readonly turns: TurnsService,
    private readonly store: StreamStore,
    private readonly closings: ClosingsService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Never rejects: what cannot be written down is left to recovery. @param text all that is in the log */
  async end(stream: LiveStream, end: StreamEnd, text: string): Promise<void> {
    try {
      const ended = await this.write(stream.record, end, text);
      if (ended) stream.end((await this.closings.close(ended._id)) ?? ended);
      else await this.endElsewhere(stream);
    } catch (error) {
      this.logger.error({ streaming_session_id: stream.record._id, err: error }, 'a stream is left to recovery');
      stream.lose();
    }
  }

  /** While the database is away the end is kept here; should it take too long, recovery ends the stream. */
  private async write(record: StreamRecord, end: StreamEnd, text: string): Promise<StreamRecord | null> {
    for (let waitedMs = 0; ; waitedMs += retryMs) {
      try {
        return await this.turns.end(record, end, text);
      } catch (error) {
        if (!isStoreFailure(error) || waitedMs >= limitMs) throw error;
        await delay(retryMs);
      }
    }
  }

  /** The stream was taken over while it ran; its readers get the end that the other process has written. */
  private async endElsewhere(stream: LiveStream): Promise<void> {
    const record = await this.store.find(stream.record._id);
    if (record?.ended_at && record.last_seq === stream.lastSeq) stream.end(record);
    else stream.lose();
  }
}
