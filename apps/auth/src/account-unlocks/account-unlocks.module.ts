import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { OneTimeTokensModule } from '../one-time-tokens/one-time-tokens.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { UsersModule } from '../users/users.module.js';
import { AccountUnlocksController } from './account-unlocks.controller.js';
import { AccountUnlocks } from './account-unlocks.service.js';

@Module({
  imports: [UsersModule, OneTimeTokensModule, ThrottlingModule, AuditModule],
  controllers: [AccountUnlocksController],
  providers: [AccountUnlocks],
})
export class AccountUnlocksModule {}
