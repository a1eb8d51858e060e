import { Module } from '@nestjs/common';
import { ExpiringCreditsModule } from '../expiring-credits/expiring-credits.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { BookingsService } from './bookings.service.js';

@Module({
  imports: [ExpiringCreditsModule, LedgerModule],
  providers: [BookingsService],
  exports: [BookingsService],
})
export class BookingsModule {}
