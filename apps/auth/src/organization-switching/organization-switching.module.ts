import { Module } from '@nestjs/common';
import { LoginSessionsModule } from '../login-sessions/login-sessions.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { UsersModule } from '../users/users.module.js';
import { OrganizationSwitchingController } from './organization-switching.controller.js';
import { OrganizationSwitching } from './organization-switching.service.js';

@Module({
  imports: [LoginSessionsModule, MembershipsModule, UsersModule],
  controllers: [OrganizationSwitchingController],
  providers: [OrganizationSwitching],
})
export class OrganizationSwitchingModule {}
