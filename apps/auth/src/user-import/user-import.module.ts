import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AuditModule } from '../audit/audit.module.js';
import { USERS, userSchema } from '../users/user.schema.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { UsersModule } from '../users/users.module.js';
import { UserImport } from './user-import.service.js';

@Module({
  imports: [
    MembershipsModule,
    MongooseModule.forFeature([{ name: USERS, schema: userSchema }]),
    UsersModule,
    AuditModule,
  ],
  providers: [UserImport],
})
export class UserImportModule {}
