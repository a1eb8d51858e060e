import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AuditModule } from '../audit/audit.module.js';
import { InvitationsModule } from '../invitations/invitations.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { OneTimeTokensModule } from '../one-time-tokens/one-time-tokens.module.js';
import { PasswordsModule } from '../passwords/passwords.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { USERS, userSchema } from '../users/user.schema.js';
import { InvitationAnswersController } from './invitation-answers.controller.js';
import { InvitationAnswers } from './invitation-answers.service.js';
import { InvitedAccounts } from './invited-accounts.js';
import { InvitedMemberships } from './invited-memberships.js';
import { InvitedSignups } from './invited-signups.js';
import { PresentedInvitations } from './presented-invitations.js';

/** What comes of the mails: whoever was invited signs up, accepts or declines. */
@Module({
  imports: [
    MongooseModule.forFeature([{ name: USERS, schema: userSchema }]),
    InvitationsModule,
    MembershipsModule,
    SecurityEventsModule,
    OneTimeTokensModule,
    PasswordsModule,
    ThrottlingModule,
    AuditModule,
  ],
  controllers: [InvitationAnswersController],
  providers: [PresentedInvitations, InvitationAnswers, InvitedSignups, InvitedAccounts, InvitedMemberships],
})
export class InvitationAnswersModule {}
