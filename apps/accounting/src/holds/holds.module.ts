import { type DynamicModule, Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.js';
import { MemberCapsModule } from '../member-caps/member-caps.module.js';
import { PricesModule } from '../prices/prices.module.js';
import { TransactionsModule } from '../transactions/transactions.module.js';
import { HoldClosingsController } from './hold-closings.controller.js';
import { HoldClosingsService } from './hold-closings.service.js';
import { HoldExpiryJob } from './hold-expiry.job.js';
import { HoldProgressService } from './hold-progress.service.js';
import { HoldSubject } from './hold-subject.js';
import { HoldsController } from './holds.controller.js';
import { HoldsService } from './holds.service.js';
import { PromisesService } from './promises.service.js';
import { SettlementLosses } from './settlement-losses.js';
import { WHO_PAYS, type WhoPays } from './who-pays.js';

@Module({})
export class HoldsModule {
  static for(whoPays: WhoPays): DynamicModule {
    return {
      module: HoldsModule,
      imports: [LedgerModule, MemberCapsModule, PricesModule, TransactionsModule],
      controllers: [HoldsController, HoldClosingsController],
      providers: [
        HoldsService,
        HoldClosingsService,
        HoldProgressService,
        HoldExpiryJob,
        PromisesService,
        SettlementLosses,
        HoldSubject,
        { provide: WHO_PAYS, useValue: whoPays },
      ],
    };
  }
}
