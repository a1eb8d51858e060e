import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { MembershipsModule } from '../memberships/memberships.module.js';
import { OwnershipModule } from '../ownership/ownership.module.js';
import { PERMISSION_ENTRIES, permissionEntrySchema } from './permission-entry.schema.js';
import { PermissionsService } from './permissions.service.js';
import { RolesController } from './roles.controller.js';
import { RolesService } from './roles.service.js';

@Module({
  imports: [
    MongooseModule.forFeature([{ name: PERMISSION_ENTRIES, schema: permissionEntrySchema }]),
    MembershipsModule,
    OwnershipModule,
  ],
  controllers: [RolesController],
  providers: [RolesService, PermissionsService],
})
export class RoleAdministrationModule {}
