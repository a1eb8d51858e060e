import { Module } from '@nestjs/common';
import { ApiKeyRecordsModule } from '../api-key-records/api-key-records.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { AuthzModule } from '../authz/authz.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { UsersModule } from '../users/users.module.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysService } from './api-keys.service.js';
import { InternalApiKeysController } from './internal-api-keys.controller.js';
import { KeyOwners } from './key-owners.js';
import { KeyVerification } from './key-verification.service.js';

/** Keys for programs: who makes and revokes them, and whose they are. */
@Module({
  imports: [ApiKeyRecordsModule, AuditModule, AuthzModule, SecurityEventsModule, UsersModule],
  controllers: [ApiKeysController, InternalApiKeysController],
  providers: [ApiKeysService, KeyOwners, KeyVerification],
})
export class ApiKeysModule {}
