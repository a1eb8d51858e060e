import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { PeriodicJobs } from '@parley/platform';
import { ClosingsModule } from '../closings/closings.module.js';
import { StreamsModule } from '../streams/streams.module.js';
import { TurnsModule } from '../turns/turns.module.js';
import { RecoveryService } from './recovery.service.js';

const recoverEveryMs = 15_000;

/** Ends what a dead process left running. */
@Module({
  imports: [ClosingsModule, StreamsModule, TurnsModule],
  providers: [RecoveryService],
})
export class RecoveryModule implements OnApplicationBootstrap {
  constructor(
    private readonly jobs: PeriodicJobs,
    private readonly recovery: RecoveryService,
  ) {}

  onApplicationBootstrap(): void {
    this.jobs.everyAndNow(recoverEveryMs, 'recovery', (stop) => this.recovery.recoverAbandoned(stop));
  }
}
