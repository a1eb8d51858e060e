import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AuditModule } from '../audit/audit.module.js';
import { MailModule } from '../mail/mail.module.js';
import { OneTimeTokensModule } from '../one-time-tokens/one-time-tokens.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { USERS, userSchema } from '../users/user.schema.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { UsersModule } from '../users/users.module.js';
import { ACCOUNT_REQUESTS, accountRequestSchema } from './account-request.schema.js';
import { AccountRequests } from './account-requests.js';
import { RequestHandling } from './request-handling.js';

@Module({
  imports: [
    MembershipsModule,
    MongooseModule.forFeature([
      { name: ACCOUNT_REQUESTS, schema: accountRequestSchema },
      { name: USERS, schema: userSchema },
    ]),
    UsersModule,
    OneTimeTokensModule,
    MailModule,
    ThrottlingModule,
    AuditModule,
  ],
  providers: [AccountRequests, RequestHandling],
  exports: [AccountRequests],
})
export class AccountRequestsModule {}
