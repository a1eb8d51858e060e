import { Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.js';
import { ChainService } from './chain.service.js';

@Module({
  imports: [LedgerModule],
  providers: [ChainService],
  exports: [ChainService],
})
export class ChainModule {}
