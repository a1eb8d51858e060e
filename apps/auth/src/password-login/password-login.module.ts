import { Module } from '@nestjs/common';
import { AccountRequestsModule } from '../account-requests/account-requests.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { FactorSignInModule } from '../factor-sign-in/factor-sign-in.module.js';
import { PasswordChecksModule } from '../password-checks/password-checks.module.js';
import { PasswordsModule } from '../passwords/passwords.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { UsersModule } from '../users/users.module.js';
import { PasswordLoginController } from './password-login.controller.js';
import { PasswordLoginService } from './password-login.service.js';

@Module({
  imports: [
    AccountRequestsModule,
    AuditModule,
    UsersModule,
    PasswordsModule,
    PasswordChecksModule,
    ThrottlingModule,
    FactorSignInModule,
  ],
  controllers: [PasswordLoginController],
  providers: [PasswordLoginService],
})
export class PasswordLoginModule {}
