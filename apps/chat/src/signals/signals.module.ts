import { Module } from '@nestjs/common';
import { MemoryStreamSignals } from './memory.stream-signals.js';
import { RightsSignals } from './rights-signals.js';
import { StreamSignals } from './stream-signals.js';

/** How a process learns what happens to streams in another one, and to the rights of their users. */
@Module({
  providers: [{ provide: StreamSignals, useClass: MemoryStreamSignals }, RightsSignals],
  exports: [StreamSignals],
})
export class SignalsModule {}
