import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { Administrators } from './administrators.js';
import { InternalUsersController } from './internal-users.controller.js';
import { ROLE_LOCKS, roleLockSchema } from './role-lock.schema.js';
import { USERS, userSchema } from './user.schema.js';
import { UsersService } from './users.service.js';

@Module({
  imports: [
    MembershipsModule,
    MongooseModule.forFeature([
      { name: USERS, schema: userSchema },
      { name: ROLE_LOCKS, schema: roleLockSchema },
    ]),
  ],
  controllers: [InternalUsersController],
  providers: [UsersService, Administrators],
  exports: [UsersService, Administrators],
})
export class UsersModule {}
