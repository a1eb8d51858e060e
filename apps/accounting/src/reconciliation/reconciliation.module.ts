import { Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.js';
import { Books } from './books.service.js';
import { Chain } from './chain.service.js';
import { LedgerHealth } from './ledger-health.js';
import { LedgerJobs } from './ledger-jobs.js';
import { ReconciliationController } from './reconciliation.controller.js';
import { Reconciliation } from './reconciliation.service.js';

@Module({
  imports: [LedgerModule],
  controllers: [ReconciliationController],
  providers: [Books, Chain, Reconciliation, LedgerJobs, LedgerHealth],
})
export class ReconciliationModule {}
