import { type DynamicModule, Module } from '@nestjs/common';
import { AuthLibModule } from '@parley/auth';
import { type Clock, type Logger, PlatformModule } from '@parley/platform';
import { accountCollection } from './ledger/account.schema.js';
import { AccountsModule } from './accounts/accounts.module.js';
import { AllocationsModule } from './allocations/allocations.module.js';
import type { AccountingConfig } from './config.js';
import { CorrectionsModule } from './corrections/corrections.module.js';
import { DatabaseModule } from './database/database.module.js';
import { holdCollection } from './holds/hold.schema.js';
import { HoldsModule } from './holds/holds.module.js';
import { BATCHING } from './ledger/account-queue.js';
import { entryCollection } from './ledger/ledger-entry.schema.js';
import { LedgerModule } from './ledger/ledger.module.js';
import { memberCapCollection } from './member-caps/member-cap.schema.js';
import { DemoPrice } from './prices/demo-price.js';
import { priceCollection } from './prices/price-version.schema.js';
import { PricesModule } from './prices/prices.module.js';
import { ReceiptsModule } from './receipts/receipts.module.js';
import { ReconciliationModule } from './reconciliation/reconciliation.module.js';
import {
  chainHeadCollection,
  checkpointCollection,
  reconRunCollection,
} from './reconciliation/reconciliation.schema.js';
import { UsageModule } from './usage/usage.module.js';

export interface AccountingRuntime {
  logger: Logger;
  clock?: Clock;
}

/** The installation's own choices about the ledger. */
@Module({})
class LedgerOptions {}

/** The credits of all users: who owns how much, what is set aside, what was charged, and the lines that prove it. */
@Module({})
export class AppModule {
  static for(
    { mongo, auth, whoPays, seedDemo, batching }: AccountingConfig,
    runtime: AccountingRuntime,
  ): DynamicModule {
    const credentials = { clientId: 'accounting', clientSecret: auth.clientSecret } as const;
    return {
      module: AppModule,
      imports: [
        PlatformModule.register({
          service: 'accounting',
          description: 'Prepaid credits: allocations, prices, holds and the ledger. Amounts are whole micro-credits.',
          mongo,
          ...runtime,
        }),
        AuthLibModule.remote({ service: 'accounting', authUrl: auth.url, credentials }),
        {
          module: LedgerOptions,
          global: true,
          providers: [{ provide: BATCHING, useValue: batching }],
          exports: [BATCHING],
        },
        DatabaseModule.for([
          ...[accountCollection, entryCollection, holdCollection, memberCapCollection, priceCollection],
          ...[chainHeadCollection, checkpointCollection, reconRunCollection],
        ]),
        AccountsModule,
        LedgerModule,
        AllocationsModule.for(auth.url),
        PricesModule,
        CorrectionsModule,
        HoldsModule.for(whoPays),
        ReceiptsModule,
        ReconciliationModule,
        UsageModule,
      ],
      providers: seedDemo ? [DemoPrice] : [],
    };
  }
}
