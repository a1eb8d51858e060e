import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AuditModule } from '../audit/audit.module.js';
import { LoginSessionsModule } from '../login-sessions/login-sessions.module.js';
import { MailModule } from '../mail/mail.module.js';
import { PasskeysModule } from '../passkeys/passkeys.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { UsersModule } from '../users/users.module.js';
import { Actors } from './actor.js';
import { FactorChanges } from './factor-changes.js';
import { FactorCodes } from './factor-codes.js';
import { FactorThrottle } from './factor-throttle.js';
import { SECOND_FACTORS, secondFactorsSchema } from './second-factors.schema.js';
import { SecondFactors } from './second-factors.js';
import { TotpSetUp } from './totp-set-up.js';

@Module({
  imports: [
    MongooseModule.forFeature([{ name: SECOND_FACTORS, schema: secondFactorsSchema }]),
    UsersModule,
    SecretsModule,
    ThrottlingModule,
    PasskeysModule,
    LoginSessionsModule,
    AuditModule,
    MailModule,
  ],
  providers: [Actors, SecondFactors, TotpSetUp, FactorCodes, FactorThrottle, FactorChanges],
  exports: [Actors, SecondFactors, TotpSetUp, FactorCodes, FactorThrottle, FactorChanges],
})
export class SecondFactorsModule {}
