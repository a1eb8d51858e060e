import { Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.js';
import { MemberCapsController } from './member-caps.controller.js';
import { MemberCapsService } from './member-caps.service.js';

@Module({
  imports: [LedgerModule],
  controllers: [MemberCapsController],
  providers: [MemberCapsService],
  exports: [MemberCapsService],
})
export class MemberCapsModule {}
