import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { CHUNK_LOG, chunkLogSchema } from './chunk-log.schema.js';
import { ChunkLog } from './chunk-log.js';
import { STREAMS, streamSchema } from './stream.schema.js';
import { StreamOwners } from './stream-owners.js';
import { StreamStore } from './stream-store.js';

const models = MongooseModule.forFeature([
  { name: STREAMS, schema: streamSchema },
  { name: CHUNK_LOG, schema: chunkLogSchema },
]);

/** The stored record of every generation, and the log of its chunks. */
@Module({
  imports: [models],
  providers: [StreamStore, StreamOwners, ChunkLog],
  // The closing of a hold is a part of the stream's record, so that both are written at once.
  exports: [models, StreamStore, StreamOwners, ChunkLog],
})
export class StreamsModule {}
