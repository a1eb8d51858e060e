import { Module } from '@nestjs/common';
import { PricesModule } from '../prices/prices.module.js';
import { TransactionsModule } from '../transactions/transactions.module.js';
import { UsageController } from './usage.controller.js';
import { UsageService } from './usage.service.js';

@Module({
  imports: [PricesModule, TransactionsModule],
  controllers: [UsageController],
  providers: [UsageService],
})
export class UsageModule {}
