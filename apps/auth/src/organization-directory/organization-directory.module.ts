import { Module } from '@nestjs/common';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { InternalOrganizationsController } from './internal-organizations.controller.js';
import { OrganizationDirectory } from './organization-directory.service.js';

@Module({
  imports: [MembershipsModule],
  controllers: [InternalOrganizationsController],
  providers: [OrganizationDirectory],
  exports: [OrganizationDirectory],
})
export class OrganizationDirectoryModule {}
