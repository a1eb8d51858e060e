import { Module } from '@nestjs/common';
import { LedgerTransactions } from './ledger-transactions.js';
import { LongTransactions } from './long-transactions.js';

@Module({
  providers: [LedgerTransactions, LongTransactions],
  exports: [LedgerTransactions, LongTransactions],
})
export class TransactionsModule {}
