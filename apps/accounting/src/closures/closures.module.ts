import { Module } from '@nestjs/common';
import { LedgerModule } from '../ledger/ledger.module.js';
import { ClosuresController } from './closures.controller.js';
import { OrganizationClosuresController } from './organization-closures.controller.js';

/** Accounts whose owners are gone. */
@Module({ imports: [LedgerModule], controllers: [ClosuresController, OrganizationClosuresController] })
export class ClosuresModule {}
