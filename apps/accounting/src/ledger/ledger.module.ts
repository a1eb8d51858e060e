import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { EntriesController } from './entries.controller.js';
import { LedgerTransactions } from './ledger-transactions.js';
import { LedgerService } from './ledger.service.js';

@Module({
  imports: [AccountsModule],
  controllers: [EntriesController],
  providers: [LedgerService, LedgerTransactions],
  exports: [LedgerService, LedgerTransactions],
})
export class LedgerModule {}
