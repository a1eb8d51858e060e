import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AuditModule } from '../audit/audit.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { USERS, userSchema } from '../users/user.schema.js';
import { OrganizationActs } from './organization-acts.js';
import { Owners } from './owners.js';

@Module({
  imports: [
    MongooseModule.forFeature([{ name: USERS, schema: userSchema }]),
    MembershipsModule,
    SecurityEventsModule,
    AuditModule,
  ],
  providers: [Owners, OrganizationActs],
  exports: [Owners, OrganizationActs],
})
export class OwnershipModule {}
