import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { AccountAudit } from './account-audit.service.js';
import { Books } from './books.service.js';
import { CapsAudit } from './caps-audit.service.js';
import { Chain } from './chain.service.js';
import { Checkpoints } from './checkpoints.service.js';
import { Conservation } from './conservation.service.js';
import { HoldsAudit } from './holds-audit.service.js';
import { LedgerAudit } from './ledger-audit.service.js';
import { LedgerHealthController } from './ledger-health.controller.js';
import { LedgerHealth } from './ledger-health.service.js';
import { LedgerJobs } from './ledger-jobs.js';
import { LongTransactions } from './long-transactions.js';
import { ReconRuns } from './recon-runs.service.js';
import { ReconciliationController } from './reconciliation.controller.js';
import { Reconciliation } from './reconciliation.service.js';
import { RepairsController } from './repairs.controller.js';
import { Repairs } from './repairs.service.js';

@Module({
  imports: [AccountsModule, LedgerModule],
  controllers: [ReconciliationController, RepairsController, LedgerHealthController],
  providers: [
    ...[Books, AccountAudit, HoldsAudit, CapsAudit, Conservation, Chain, Checkpoints, LedgerAudit, LongTransactions],
    ...[ReconRuns, Reconciliation, Repairs, LedgerJobs, LedgerHealth],
  ],
  exports: [LongTransactions],
})
export class ReconciliationModule {}
