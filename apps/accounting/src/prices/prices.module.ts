import { Module } from '@nestjs/common';
import { EstimatesController } from './estimates.controller.js';
import { PricesController } from './prices.controller.js';
import { PricesService } from './prices.service.js';

@Module({
  controllers: [PricesController, EstimatesController],
  providers: [PricesService],
  exports: [PricesService],
})
export class PricesModule {}
