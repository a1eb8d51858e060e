import { Module } from '@nestjs/common';
import { ChainModule } from '../chain/chain.module.js';
import { TransactionsModule } from '../transactions/transactions.module.js';
import { AccountAuditService } from './account-audit.service.js';
import { CapsAuditService } from './caps-audit.service.js';
import { ConservationService } from './conservation.service.js';
import { HoldsAuditService } from './holds-audit.service.js';
import { VerificationController } from './verification.controller.js';
import { VerificationService } from './verification.service.js';

@Module({
  imports: [ChainModule, TransactionsModule],
  controllers: [VerificationController],
  providers: [AccountAuditService, HoldsAuditService, CapsAuditService, ConservationService, VerificationService],
  exports: [AccountAuditService, HoldsAuditService, CapsAuditService, ConservationService],
})
export class AuditModule {}
