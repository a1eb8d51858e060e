import { Module } from '@nestjs/common';
import { PermissionSource } from '@parley/auth';
import { ApiKeyRecordsModule } from '../api-key-records/api-key-records.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { UsersModule } from '../users/users.module.js';
import { VisitorsModule } from '../visitors/visitors.module.js';
import { AuthzController } from './authz.controller.js';
import { KeyGrants } from './key-grants.js';
import { AuthzService } from './authz.service.js';
import { LocalPermissions } from './local-permissions.js';

@Module({
  imports: [ApiKeyRecordsModule, MembershipsModule, UsersModule, VisitorsModule],
  controllers: [AuthzController],
  providers: [AuthzService, KeyGrants, { provide: PermissionSource, useClass: LocalPermissions }],
  exports: [AuthzService, PermissionSource],
})
export class AuthzModule {}
