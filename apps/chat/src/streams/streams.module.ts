import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { PeriodicJobs } from '@parley/platform';
import { ChunkLog } from './chunk-log.js';
import { LogExpiry } from './log-expiry.js';
import { LOG_ROWS, logRowSchema } from './log-row.schema.js';
import { RowCommits } from './row-commits.js';
import { STREAMS, streamSchema } from './stream.schema.js';
import { StreamOwners } from './stream-owners.js';
import { StreamStore } from './stream-store.js';

const sweepEveryMs = 60_000;

const models = MongooseModule.forFeature([
  { name: STREAMS, schema: streamSchema },
  { name: LOG_ROWS, schema: logRowSchema },
]);

/** The stored record of every generation, and the log of its chunks. */
@Module({
  imports: [models],
  providers: [StreamStore, StreamOwners, ChunkLog, RowCommits, LogExpiry],
  // The closing of a hold is a part of the stream's record, so that both are written at once.
  exports: [models, StreamStore, StreamOwners, ChunkLog],
})
export class StreamsModule implements OnApplicationBootstrap {
  constructor(
    private readonly jobs: PeriodicJobs,
    private readonly expiry: LogExpiry,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.every(sweepEveryMs, 'log expiry', (stop) => this.expiry.sweep(stop));
  }
}
