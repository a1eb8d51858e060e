import { Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.js';
import { ClosuresController } from './closures.controller.js';

/** Accounts whose owners are gone. */
@Module({ imports: [LedgerModule], controllers: [ClosuresController] })
export class ClosuresModule {}
