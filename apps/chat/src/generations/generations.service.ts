import { Inject, Injectable } from '@nestjs/common';
import type { UserPrincipal } from '@parley/auth';
import { LOGGER, type Logger } from '@parley/platform';
import { AccountingClient } from '../accounting/accounting-client.js';
import type { LiveStream } from '../readers/live-stream.js';
import { LiveStreams } from '../readers/live-streams.js';
import { ChunkLog } from '../streams/chunk-log.js';
import { StopReason } from '../streams/stop-reason.js';
import type { StreamRecord } from '../streams/stream.schema.js';
import { CoveringHold } from './covering-hold.js';
import { EndingsService } from './endings.service.js';
import { Generation, type Question } from './generation.js';
import { LogWriter } from './log-writer.js';
import { SupervisionService } from './supervision.service.js';

/** How long running generations may take to end by themselves when the process is told to stop. */
const drainMs = 20_000;

/** The generations of this process: each goes on to its end, whether or not anybody reads. */
@Injectable()
export class GenerationsService {
  constructor(
    private readonly liveStreams: LiveStreams,
    private readonly supervision: SupervisionService,
    private readonly endings: EndingsService,
    private readonly accounting: AccountingClient,
    private readonly chunkLog: ChunkLog,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Begins the generation of a stream that is streaming.
   * @param coveredTokens how much output its hold covers to begin with
   */
  start(record: StreamRecord, user: UserPrincipal, question: Question, coveredTokens: number): void {
    void this.run(this.liveStreams.add(record), user, question, coveredTokens);
  }

  /**
   * Lets what runs, or is about to, come to its end; then cuts off the rest: text and bill are kept.
   * @param starts what may still begin a generation
   */
  async drain(starts: Iterable<Promise<unknown>>): Promise<void> {
    const timer = setTimeout(() => this.liveStreams.stopAll(StopReason.shutdown), drainMs);
    await Promise.allSettled(starts);
    await this.liveStreams.whenIdle();
    clearTimeout(timer);
  }

  private async run(stream: LiveStream, user: UserPrincipal, question: Question, coveredTokens: number): Promise<void> {
    const hold = new CoveringHold(stream, question, coveredTokens, this.accounting, this.logger);
    const writer = new LogWriter(stream, this.chunkLog, this.logger);
    const leave = this.supervision.begin(stream, user);
    const end = await new Generation(stream, writer, hold, this.logger).run(question);
    leave();
    await hold.end();
    await this.endings.end(stream, end, writer);
    this.liveStreams.remove(stream.record._id);
  }
}
