import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { DevicesModule } from '../devices/devices.module.js';
import { LoginSessionsModule } from '../login-sessions/login-sessions.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { UsersModule } from '../users/users.module.js';
import { CrossSite } from './cross-site.js';
import { LogoutController } from './logout.controller.js';
import { LogoutService } from './logout.service.js';
import { RefreshController } from './refresh.controller.js';
import { RefreshService } from './refresh.service.js';

@Module({
  imports: [LoginSessionsModule, MembershipsModule, UsersModule, DevicesModule, AuditModule],
  controllers: [RefreshController, LogoutController],
  providers: [RefreshService, LogoutService, CrossSite],
})
export class SessionRenewalModule {}
