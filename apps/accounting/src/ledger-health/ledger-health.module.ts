import { Module } from '@nestjs/common';
import { ReconciliationModule } from '../reconciliation/reconciliation.module.js';
import { LedgerHealthController } from './ledger-health.controller.js';
import { LedgerHealthJob } from './ledger-health.job.js';
import { LedgerHealthService } from './ledger-health.service.js';

@Module({
  imports: [ReconciliationModule],
  controllers: [LedgerHealthController],
  providers: [LedgerHealthService, LedgerHealthJob],
})
export class LedgerHealthModule {}
