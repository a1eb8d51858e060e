import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { offlineModelId } from '@parley/contracts';
import { PricesService } from './prices.service.js';

/** Two credits for a million tokens read, ten for a million written, and a little for the call. */
const demoPrice = {
  input_ucr_per_mtok: 2_000_000,
  output_ucr_per_mtok: 10_000_000,
  per_call_ucr: 100,
  free: false,
};

/** Prices the offline model, so that the demonstration can be paid for at once. */
@Injectable()
export class DemoPrice implements OnApplicationBootstrap {
  constructor(private readonly prices: PricesService) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.prices.createFirst('sys:demo', offlineModelId, demoPrice);
  }
}
