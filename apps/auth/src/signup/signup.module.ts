import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AccountRequestsModule } from '../account-requests/account-requests.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { ErrandsModule } from '../errands/errands.module.js';
import { OneTimeTokensModule } from '../one-time-tokens/one-time-tokens.module.js';
import { PasswordsModule } from '../passwords/passwords.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { USERS, userSchema } from '../users/user.schema.js';
import { SignupController } from './signup.controller.js';
import { SignupService } from './signup.service.js';

@Module({
  imports: [
    MongooseModule.forFeature([{ name: USERS, schema: userSchema }]),
    AccountRequestsModule,
    OneTimeTokensModule,
    PasswordsModule,
    ThrottlingModule,
    AuditModule,
    ErrandsModule,
  ],
  controllers: [SignupController],
  providers: [SignupService],
})
export class SignupModule {}
