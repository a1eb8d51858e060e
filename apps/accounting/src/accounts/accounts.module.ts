import { Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.js';
import { AccountAccess } from './account-access.js';
import { BalanceController } from './balance.controller.js';

@Module({
  imports: [LedgerModule],
  controllers: [BalanceController],
  providers: [AccountAccess],
  exports: [AccountAccess],
})
export class AccountsModule {}
