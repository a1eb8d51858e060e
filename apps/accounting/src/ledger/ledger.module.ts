import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { AccountQueue } from './account-queue.js';
import { BookingsService } from '../bookings/bookings.service.js';
import { EntriesController } from '../entries/entries.controller.js';
import { LedgerTransactions } from '../transactions/ledger-transactions.js';
import { LedgerService } from './ledger.service.js';

@Module({
  imports: [AccountsModule],
  controllers: [EntriesController],
  providers: [LedgerService, AccountQueue, LedgerTransactions, BookingsService],
  exports: [LedgerService, AccountQueue, LedgerTransactions, BookingsService],
})
export class LedgerModule {}
