import { type DynamicModule, Module } from '@nestjs/common';
import { BookingsModule } from '../bookings/bookings.module.js';
import { ExpiringCreditsModule } from '../expiring-credits/expiring-credits.module.js';
import { LedgerModule } from '../ledger/ledger.module.js';
import { CreditRulesController } from './credit-rules.controller.js';
import { CreditRulesService } from './credit-rules.service.js';
import { RefillsJob } from './refills.job.js';
import { RefillsService } from './refills.service.js';
import { RuleGrantsService } from './rule-grants.service.js';
import { StartingBalancesController } from './starting-balances.controller.js';
import { STARTING_BALANCE, StartingBalancesService } from './starting-balances.service.js';

/** Credits that come by rule: what new users begin with, and refills. */
@Module({})
export class CreditRulesModule {
  /** @param startingBalance what new users are given where no rule says so, in micro-credits */
  static for(startingBalance: bigint): DynamicModule {
    return {
      module: CreditRulesModule,
      imports: [BookingsModule, ExpiringCreditsModule, LedgerModule],
      controllers: [CreditRulesController, StartingBalancesController],
      providers: [
        CreditRulesService,
        RefillsService,
        RefillsJob,
        RuleGrantsService,
        StartingBalancesService,
        { provide: STARTING_BALANCE, useValue: startingBalance },
      ],
    };
  }
}
