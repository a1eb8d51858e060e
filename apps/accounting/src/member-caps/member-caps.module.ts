import { Module } from '@nestjs/common';
import { TransactionsModule } from '../transactions/transactions.module.js';
import { MemberCapsController } from './member-caps.controller.js';
import { MemberCapsService } from './member-caps.service.js';

@Module({
  imports: [TransactionsModule],
  controllers: [MemberCapsController],
  providers: [MemberCapsService],
  exports: [MemberCapsService],
})
export class MemberCapsModule {}
