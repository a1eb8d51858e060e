import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { ChainModule } from '../chain/chain.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { TransactionsModule } from '../transactions/transactions.module.js';
import { CheckpointsService } from './checkpoints.service.js';
import { LedgerAuditService } from './ledger-audit.service.js';
import { ReconciliationJob } from './reconciliation.job.js';
import { ReconRunsService } from './recon-runs.service.js';
import { ReconciliationController } from './reconciliation.controller.js';
import { ReconciliationService } from './reconciliation.service.js';

@Module({
  imports: [AuditModule, ChainModule, LedgerModule, TransactionsModule],
  controllers: [ReconciliationController],
  providers: [ReconRunsService, CheckpointsService, LedgerAuditService, ReconciliationService, ReconciliationJob],
  exports: [ReconRunsService, CheckpointsService],
})
export class ReconciliationModule {}
