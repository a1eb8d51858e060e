import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AuditModule } from '../audit/audit.module.js';
import { ErrandsModule } from '../errands/errands.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { IdleVisitorsJob } from './idle-visitors.job.js';
import { VisitorAllowances } from './visitor-allowances.js';
import { VISITOR_BUDGETS, visitorBudgetSchema } from './visitor-budget.schema.js';
import { VisitorLimits } from './visitor-limits.js';
import { VisitorMerges } from './visitor-merges.js';
import { VISITORS, visitorSchema } from './visitor.schema.js';
import { VisitorsService } from './visitors.service.js';

/** Whoever uses the product without an account. */
@Module({
  imports: [
    MongooseModule.forFeature([
      { name: VISITORS, schema: visitorSchema },
      { name: VISITOR_BUDGETS, schema: visitorBudgetSchema },
    ]),
    SecretsModule,
    ThrottlingModule,
    ErrandsModule,
    SecurityEventsModule,
    AuditModule,
  ],
  providers: [VisitorsService, VisitorLimits, VisitorAllowances, VisitorMerges, IdleVisitorsJob],
  exports: [VisitorsService, VisitorLimits, VisitorAllowances, VisitorMerges],
})
export class VisitorsModule {}
