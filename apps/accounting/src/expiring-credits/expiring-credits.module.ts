import { Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.js';
import { TransactionsModule } from '../transactions/transactions.module.js';
import { CreditExpiryJob } from './credit-expiry.job.js';
import { ExpiringCreditsService } from './expiring-credits.service.js';

/** Credits that were given with an end. */
@Module({
  imports: [LedgerModule, TransactionsModule],
  providers: [ExpiringCreditsService, CreditExpiryJob],
  exports: [ExpiringCreditsService],
})
export class ExpiringCreditsModule {}
