import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '@parley/platform';
import { ClosingsService } from '../closings/closings.service.js';
import { ChunkLog, textOf } from '../streams/chunk-log.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { StreamStore } from '../streams/stream-store.js';
import { TurnsService } from '../turns/turns.service.js';

/** How many abandoned streams one round takes. */
const batch = 50;

/** Ends the streams of processes that died: the text in the log is kept and paid for, nothing is generated again. */
@Injectable()
export class RecoveryService {
  constructor(
    private readonly store: StreamStore,
    private readonly turns: TurnsService,
    private readonly chunkLog: ChunkLog,
    private readonly closings: ClosingsService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @returns how many streams were ended */
  async recoverAbandoned(stop?: AbortSignal): Promise<number> {
    let ended = 0;
    for (const abandoned of await this.store.findAbandoned(batch)) {
      if (stop?.aborted) break;
      const isEnded = await this.recover(abandoned).catch((error: unknown) => {
        this.logger.error({ streaming_session_id: abandoned._id, err: error }, 'a stream could not be recovered yet');
        return false;
      });
      if (isEnded) ended++;
    }
    return ended;
  }

  private async recover(abandoned: StreamRecord): Promise<boolean> {
    const ours = await this.store.takeOver(abandoned);
    if (!ours) return false;
    // From here on the old process, should it still live, can neither write nor show anything.
    const chunks = await this.chunkLog.seal(ours);
    const error = {
      code: 'interrupted',
      detail: 'The answer was cut off by a failure of the service.',
      retryable: true,
    };
    const ended = await this.turns.end(
      ours,
      { state: 'interrupted', finishReason: 'process_died', error },
      textOf(chunks),
    );
    if (!ended) return false;
    this.logger.warn({ streaming_session_id: ours._id, final_seq: ended.last_seq }, 'an abandoned stream was ended');
    await this.closings.close(ours._id);
    return true;
  }
}
