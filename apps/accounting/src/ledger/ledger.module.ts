import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { AccountQueue } from './account-queue.js';
import { Bookings } from '../bookings/bookings.service.js';
import { EntriesController } from '../entries/entries.controller.js';
import { LedgerTransactions } from '../transactions/ledger-transactions.js';
import { LedgerService } from './ledger.service.js';

@Module({
  imports: [AccountsModule],
  controllers: [EntriesController],
  providers: [LedgerService, AccountQueue, LedgerTransactions, Bookings],
  exports: [LedgerService, AccountQueue, LedgerTransactions, Bookings],
})
export class LedgerModule {}
