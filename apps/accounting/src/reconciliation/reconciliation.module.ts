import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { AccountAudit } from '../audit/account-audit.service.js';
import { Books } from '../ledger/books.service.js';
import { CapsAudit } from '../audit/caps-audit.service.js';
import { Chain } from '../chain/chain.service.js';
import { Checkpoints } from './checkpoints.service.js';
import { Conservation } from '../audit/conservation.service.js';
import { HoldsAudit } from '../audit/holds-audit.service.js';
import { LedgerAudit } from './ledger-audit.service.js';
import { LedgerHealthController } from '../ledger-health/ledger-health.controller.js';
import { LedgerHealth } from '../ledger-health/ledger-health.service.js';
import { LedgerJobs } from './ledger-jobs.js';
import { LongTransactions } from '../transactions/long-transactions.js';
import { ReconRuns } from './recon-runs.service.js';
import { ReconciliationController } from './reconciliation.controller.js';
import { Reconciliation } from './reconciliation.service.js';
import { RepairsController } from '../repairs/repairs.controller.js';
import { Repairs } from '../repairs/repairs.service.js';

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
