import { Module } from '@nestjs/common';
import { MemoryStreamSignals } from './memory.stream-signals.js';
import { StreamSignals } from './stream-signals.js';

/** How a process learns what happens to streams in another one. */
@Module({
  providers: [{ provide: StreamSignals, useClass: MemoryStreamSignals }],
  exports: [StreamSignals],
})
export class SignalsModule {}
