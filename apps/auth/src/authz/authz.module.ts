import { Module } from '@nestjs/common';
import { PermissionSource } from '@parley/auth';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { UsersModule } from '../users/users.module.js';
import { VisitorsModule } from '../visitors/visitors.module.js';
import { AuthzController } from './authz.controller.js';
import { AuthzService } from './authz.service.js';
import { LocalPermissions } from './local-permissions.js';

@Module({
  imports: [MembershipsModule, UsersModule, VisitorsModule],
  controllers: [AuthzController],
  providers: [AuthzService, { provide: PermissionSource, useClass: LocalPermissions }],
  exports: [AuthzService, PermissionSource],
})
export class AuthzModule {}
