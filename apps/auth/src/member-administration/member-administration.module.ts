import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { OwnershipModule } from '../ownership/ownership.module.js';
import { USERS, userSchema } from '../users/user.schema.js';
import { MemberDirectory } from './member-directory.js';
import { MembersController } from './members.controller.js';
import { MembersService } from './members.service.js';
import { RoleAssignmentsController } from './role-assignments.controller.js';

@Module({
  imports: [MongooseModule.forFeature([{ name: USERS, schema: userSchema }]), MembershipsModule, OwnershipModule],
  controllers: [MembersController, RoleAssignmentsController],
  providers: [MembersService, MemberDirectory],
})
export class MemberAdministrationModule {}
