import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AuditModule } from '../audit/audit.module.js';
import { LoginSessionsModule } from '../login-sessions/login-sessions.module.js';
import { MailModule } from '../mail/mail.module.js';
import { NewPasswordsModule } from '../new-passwords/new-passwords.module.js';
import { OneTimeTokensModule } from '../one-time-tokens/one-time-tokens.module.js';
import { PasswordChecksModule } from '../password-checks/password-checks.module.js';
import { SecondFactorsModule } from '../second-factors/second-factors.module.js';
import { OwnershipModule } from '../ownership/ownership.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { USERS, userSchema } from '../users/user.schema.js';
import { UsersModule } from '../users/users.module.js';
import { EmailChanges } from './email-changes.js';
import { EmailChangesController } from './email-changes.controller.js';
import { OwnAccountService } from './own-account.service.js';
import { OwnPassword } from './own-password.js';
import { ProfileController } from './profile.controller.js';

@Module({
  imports: [
    MongooseModule.forFeature([{ name: USERS, schema: userSchema }]),
    UsersModule,
    PasswordChecksModule,
    SecondFactorsModule,
    NewPasswordsModule,
    LoginSessionsModule,
    ThrottlingModule,
    OneTimeTokensModule,
    MailModule,
    SecurityEventsModule,
    OwnershipModule,
    AuditModule,
  ],
  controllers: [ProfileController, EmailChangesController],
  providers: [OwnAccountService, EmailChanges, OwnPassword],
})
export class OwnAccountModule {}
