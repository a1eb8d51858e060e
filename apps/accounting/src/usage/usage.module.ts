import { Module } from '@nestjs/common';
import { PricesModule } from '../prices/prices.module.js';
import { ReconciliationModule } from '../reconciliation/reconciliation.module.js';
import { UsageController } from './usage.controller.js';
import { UsageService } from './usage.service.js';

@Module({
  imports: [PricesModule, ReconciliationModule],
  controllers: [UsageController],
  providers: [UsageService],
})
export class UsageModule {}
