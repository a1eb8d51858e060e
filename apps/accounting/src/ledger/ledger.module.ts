import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { Bookings } from './bookings.service.js';
import { EntriesController } from './entries.controller.js';
import { LedgerTransactions } from './ledger-transactions.js';
import { LedgerService } from './ledger.service.js';

@Module({
  imports: [AccountsModule],
  controllers: [EntriesController],
  providers: [LedgerService, LedgerTransactions, Bookings],
  exports: [LedgerService, LedgerTransactions, Bookings],
})
export class LedgerModule {}
