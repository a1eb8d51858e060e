import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AuditModule } from '../audit/audit.module.js';
import { DevicesModule } from '../devices/devices.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { MailModule } from '../mail/mail.module.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { UsersModule } from '../users/users.module.js';
import { VisitorsModule } from '../visitors/visitors.module.js';
import { AccessTokensService } from './access-tokens.service.js';
import { LOGIN_SESSIONS, loginSessionSchema } from './login-session.schema.js';
import { LoginSessionsService } from './login-sessions.service.js';
import { PresentedSessions } from './presented-sessions.js';
import { RefreshTokens } from './refresh-tokens.js';
import { SessionAnswers } from './session-answers.js';
import { SessionWarnings } from './session-warnings.js';
import { SignIn } from './sign-in.js';

@Module({
  imports: [
    MembershipsModule,
    MongooseModule.forFeature([{ name: LOGIN_SESSIONS, schema: loginSessionSchema }]),
    UsersModule,
    KeysModule,
    SecretsModule,
    SecurityEventsModule,
    AuditModule,
    MailModule,
    DevicesModule,
    VisitorsModule,
  ],
  providers: [
    LoginSessionsService,
    AccessTokensService,
    RefreshTokens,
    PresentedSessions,
    SessionAnswers,
    SessionWarnings,
    SignIn,
  ],
  exports: [
    MongooseModule,
    LoginSessionsService,
    AccessTokensService,
    PresentedSessions,
    SessionAnswers,
    SessionWarnings,
    SignIn,
  ],
})
export class LoginSessionsModule {}
