import { Module } from '@nestjs/common';
import { TransactionsModule } from '../transactions/transactions.module.js';
import { AccountQueue } from './account-queue.js';
import { AccountsService } from './accounts.service.js';
import { LedgerService } from './ledger.service.js';

@Module({
  imports: [TransactionsModule],
  providers: [AccountsService, LedgerService, AccountQueue],
  exports: [AccountsService, LedgerService, AccountQueue],
})
export class LedgerModule {}
