import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AuditModule } from '../audit/audit.module.js';
import { OneTimeTokensModule } from '../one-time-tokens/one-time-tokens.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { USERS, userSchema } from '../users/user.schema.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { UsersModule } from '../users/users.module.js';
import { FirstAdministrator } from './first-administrator.service.js';

@Module({
  imports: [
    MembershipsModule,
    MongooseModule.forFeature([{ name: USERS, schema: userSchema }]),
    UsersModule,
    OneTimeTokensModule,
    SecurityEventsModule,
    AuditModule,
  ],
  providers: [FirstAdministrator],
})
export class FirstAdministratorModule {}
