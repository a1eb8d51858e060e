import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { BookingsModule } from '../bookings/bookings.module.js';
import { ChainModule } from '../chain/chain.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { ReconciliationModule } from '../reconciliation/reconciliation.module.js';
import { TransactionsModule } from '../transactions/transactions.module.js';
import { RepairsController } from './repairs.controller.js';
import { RepairsService } from './repairs.service.js';

@Module({
  imports: [AuditModule, BookingsModule, ChainModule, LedgerModule, ReconciliationModule, TransactionsModule],
  controllers: [RepairsController],
  providers: [RepairsService],
})
export class RepairsModule {}
