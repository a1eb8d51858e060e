import { Module } from '@nestjs/common';
import { TransactionsModule } from '../transactions/transactions.module.js';
import { AccountQueue } from './account-queue.js';
import { AccountsService } from './accounts.service.js';
import { LedgerService } from './ledger.service.js';
import { OperationsService } from './operations.service.js';

@Module({
  imports: [TransactionsModule],
  providers: [AccountsService, LedgerService, AccountQueue, OperationsService],
  exports: [AccountsService, LedgerService, AccountQueue, OperationsService],
})
export class LedgerModule {}
