import { Module } from '@nestjs/common';
import { AccountAccess } from './account-access.js';
import { AccountsService } from '../ledger/accounts.service.js';
import { BalanceController } from './balance.controller.js';

@Module({
  controllers: [BalanceController],
  providers: [AccountsService, AccountAccess],
  exports: [AccountsService, AccountAccess],
})
export class AccountsModule {}
