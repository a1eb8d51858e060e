import { type DynamicModule, Module } from '@nestjs/common';
import { AuthLibModule } from '@parley/auth';
import { accountingPermissions } from '@parley/contracts';
import { type Clock, type Logger, PlatformModule } from '@parley/platform';
import { AccountsModule } from './accounts/accounts.module.js';
import { AllocationsModule } from './allocations/allocations.module.js';
import { AllowancesModule } from './allowances/allowances.module.js';
import { AuditModule } from './audit/audit.module.js';
import { BookingsModule } from './bookings/bookings.module.js';
import { chainHeadCollection } from './chain/chain-head.schema.js';
import { ChainModule } from './chain/chain.module.js';
import { ClosuresModule } from './closures/closures.module.js';
import type { AccountingConfig } from './config.js';
import { creditRuleCollection } from './credit-rules/credit-rule.schema.js';
import { CreditRulesModule } from './credit-rules/credit-rules.module.js';
import { ruleGrantCollection } from './credit-rules/rule-grant.schema.js';
import { CorrectionsModule } from './corrections/corrections.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DirectoryModule } from './directory/directory.module.js';
import { EntriesModule } from './entries/entries.module.js';
import { expiringCreditsCollection } from './expiring-credits/expiring-credits.schema.js';
import { holdCollection } from './holds/hold.schema.js';
import { HoldsModule } from './holds/holds.module.js';
import { LedgerHealthModule } from './ledger-health/ledger-health.module.js';
import { BATCHING } from './ledger/account-queue.js';
import { accountCollection } from './ledger/account.schema.js';
import { entryCollection } from './ledger/ledger-entry.schema.js';
import { LedgerModule } from './ledger/ledger.module.js';
import { memberCapCollection } from './member-caps/member-cap.schema.js';
import { MemberCapsModule } from './member-caps/member-caps.module.js';
import { DemoPrice } from './prices/demo-price.js';
import { priceCollection } from './prices/price-version.schema.js';
import { PricesModule } from './prices/prices.module.js';
import { ReceiptsModule } from './receipts/receipts.module.js';
import { checkpointCollection } from './reconciliation/checkpoint.schema.js';
import { reconRunCollection } from './reconciliation/recon-run.schema.js';
import { ReconciliationModule } from './reconciliation/reconciliation.module.js';
import { RepairsModule } from './repairs/repairs.module.js';
import { TransactionsModule } from './transactions/transactions.module.js';
import { UsageModule } from './usage/usage.module.js';

export interface AccountingRuntime {
  logger: Logger;
  clock?: Clock;
  /** Whether the operations of one account share transactions; off only to measure what that is worth. */
  batching?: boolean;
}

@Module({})
class LedgerOptions {}

/** The credits of all users: who owns how much, what is set aside, what was charged, and the lines that prove it. */
@Module({})
export class AppModule {
  static for(
    { mongo, auth, whoPays, seedDemo, startingBalance }: AccountingConfig,
    { batching = true, ...runtime }: AccountingRuntime,
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
        AuthLibModule.remote({
          service: 'accounting',
          authUrl: auth.url,
          credentials,
          permissions: accountingPermissions,
        }),
        {
          module: LedgerOptions,
          global: true,
          providers: [{ provide: BATCHING, useValue: batching }],
          exports: [BATCHING],
        },
        DatabaseModule.for([
          ...[accountCollection, entryCollection, holdCollection, memberCapCollection, priceCollection],
          ...[chainHeadCollection, checkpointCollection, reconRunCollection, expiringCreditsCollection],
          ...[creditRuleCollection, ruleGrantCollection],
        ]),
        TransactionsModule,
        LedgerModule,
        AccountsModule,
        EntriesModule,
        BookingsModule,
        DirectoryModule.for(auth.url),
        AllocationsModule,
        CreditRulesModule.for(startingBalance),
        PricesModule,
        CorrectionsModule,
        HoldsModule.for(whoPays),
        MemberCapsModule,
        ReceiptsModule,
        ReconciliationModule,
        AuditModule,
        ChainModule,
        RepairsModule,
        LedgerHealthModule,
        UsageModule,
        AllowancesModule,
        ClosuresModule,
      ],
      providers: seedDemo ? [DemoPrice] : [],
    };
  }
}
