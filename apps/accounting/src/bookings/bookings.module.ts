import { Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.js';
import { BookingsService } from './bookings.service.js';

@Module({
  imports: [LedgerModule],
  providers: [BookingsService],
  exports: [BookingsService],
})
export class BookingsModule {}
