import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { LoginSessionsModule } from '../login-sessions/login-sessions.module.js';
import { PasskeysModule } from '../passkeys/passkeys.module.js';
import { PasswordChecksModule } from '../password-checks/password-checks.module.js';
import { SecondFactorsModule } from '../second-factors/second-factors.module.js';
import { ReauthenticationController } from './reauthentication.controller.js';
import { ReauthenticationService } from './reauthentication.service.js';

@Module({
  imports: [PasswordChecksModule, SecondFactorsModule, PasskeysModule, LoginSessionsModule, AuditModule],
  controllers: [ReauthenticationController],
  providers: [ReauthenticationService],
})
export class ReauthenticationModule {}
