import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { MailModule } from '../mail/mail.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { OwnershipModule } from '../ownership/ownership.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { USERS, userSchema } from '../users/user.schema.js';
import { InvitationBatches } from './invitation-batches.js';
import { InvitationDirectory } from './invitation-directory.js';
import { InvitationLimits } from './invitation-limits.js';
import { InvitationMails } from './invitation-mails.js';
import { InvitationRules } from './invitation-rules.js';
import { InvitationWriting } from './invitation-writing.js';
import { INVITATIONS, invitationSchema } from './invitation.schema.js';
import { InvitationsController } from './invitations.controller.js';
import { InvitationsService } from './invitations.service.js';
import { InviteController } from './invite.controller.js';

/** How people are asked to come into organisations: by mail. What they answer is `invitation-answers/`. */
@Module({
  imports: [
    MongooseModule.forFeature([
      { name: INVITATIONS, schema: invitationSchema },
      { name: USERS, schema: userSchema },
    ]),
    MembershipsModule,
    OwnershipModule,
    ThrottlingModule,
    MailModule,
  ],
  controllers: [InviteController, InvitationsController],
  providers: [
    ...[InvitationsService, InvitationBatches, InvitationDirectory, InvitationRules, InvitationWriting],
    ...[InvitationLimits, InvitationMails],
  ],
  exports: [InvitationMails, MongooseModule],
})
export class InvitationsModule {}
