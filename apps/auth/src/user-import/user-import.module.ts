import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AuditModule } from '../audit/audit.module.js';
import { USERS, userSchema } from '../users/user.schema.js';
import { UsersModule } from '../users/users.module.js';
import { UserImport } from './user-import.service.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: USERS, schema: userSchema }]), UsersModule, AuditModule],
  providers: [UserImport],
})
export class UserImportModule {}
