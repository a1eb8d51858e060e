import { Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.js';
import { ChainService } from './chain.service.js';
import { SealingJob } from './sealing.job.js';

@Module({
  imports: [LedgerModule],
  providers: [ChainService, SealingJob],
  exports: [ChainService],
})
export class ChainModule {}
