import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { OwnershipModule } from '../ownership/ownership.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { OrganizationsController } from './organizations.controller.js';
import { OrganizationsService } from './organizations.service.js';
import { Pools } from './pools.js';

@Module({
  imports: [MembershipsModule, OwnershipModule, KeysModule, SecurityEventsModule, AuditModule],
  controllers: [OrganizationsController],
  providers: [OrganizationsService, Pools],
})
export class OrganizationAdministrationModule {}
