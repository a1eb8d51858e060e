import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AuditModule } from '../audit/audit.module.js';
import { LoginSessionsModule } from '../login-sessions/login-sessions.module.js';
import { MailModule } from '../mail/mail.module.js';
import { OneTimeTokensModule } from '../one-time-tokens/one-time-tokens.module.js';
import { PasswordsModule } from '../passwords/passwords.module.js';
import { USERS, userSchema } from '../users/user.schema.js';
import { NewPasswords } from './new-passwords.js';

@Module({
  imports: [
    MongooseModule.forFeature([{ name: USERS, schema: userSchema }]),
    PasswordsModule,
    LoginSessionsModule,
    OneTimeTokensModule,
    MailModule,
    AuditModule,
  ],
  providers: [NewPasswords],
  exports: [NewPasswords],
})
export class NewPasswordsModule {}
