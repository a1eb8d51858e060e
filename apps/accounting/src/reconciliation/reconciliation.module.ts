import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { AccountAuditService } from '../audit/account-audit.service.js';
import { BooksService } from '../ledger/books.service.js';
import { CapsAuditService } from '../audit/caps-audit.service.js';
import { ChainService } from '../chain/chain.service.js';
import { CheckpointsService } from './checkpoints.service.js';
import { ConservationService } from '../audit/conservation.service.js';
import { HoldsAuditService } from '../audit/holds-audit.service.js';
import { LedgerAuditService } from './ledger-audit.service.js';
import { LedgerHealthController } from '../ledger-health/ledger-health.controller.js';
import { LedgerHealthService } from '../ledger-health/ledger-health.service.js';
import { LedgerJobs } from './ledger-jobs.js';
import { LongTransactions } from '../transactions/long-transactions.js';
import { ReconRunsService } from './recon-runs.service.js';
import { ReconciliationController } from './reconciliation.controller.js';
import { ReconciliationService } from './reconciliation.service.js';
import { RepairsController } from '../repairs/repairs.controller.js';
import { RepairsService } from '../repairs/repairs.service.js';

@Module({
  imports: [AccountsModule, LedgerModule],
  controllers: [ReconciliationController, RepairsController, LedgerHealthController],
  providers: [
    ...[
      BooksService,
      AccountAuditService,
      HoldsAuditService,
      CapsAuditService,
      ConservationService,
      ChainService,
      CheckpointsService,
      LedgerAuditService,
      LongTransactions,
    ],
    ...[ReconRunsService, ReconciliationService, RepairsService, LedgerJobs, LedgerHealthService],
  ],
  exports: [LongTransactions],
})
export class ReconciliationModule {}
