import { Module } from '@nestjs/common';
import { ChatSessionsModule } from '../chat-sessions/chat-sessions.module.js';
import { SignalsModule } from '../signals/signals.module.js';
import { StreamsModule } from '../streams/streams.module.js';
import { LiveStreams } from './live-streams.js';
import { ReadersController } from './readers.controller.js';
import { ReadersService } from './readers.service.js';
import { ReaderSeats } from './reader-seats.js';
import { StoredStreams } from './stored-streams.js';
import { StreamReader } from './stream-reader.js';

/** Everything on the side of those who read: what there is after a cursor, joined to what is being generated. */
@Module({
  imports: [ChatSessionsModule, StreamsModule, SignalsModule],
  controllers: [ReadersController],
  providers: [LiveStreams, StoredStreams, ReadersService, ReaderSeats, StreamReader],
  exports: [LiveStreams, ReadersService, ReaderSeats, StreamReader],
})
export class ReadersModule {}
