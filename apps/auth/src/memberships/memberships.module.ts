import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { ORGANIZATIONS, organizationSchema } from '../organizations/organization.schema.js';
import { ROLES, roleSchema } from '../roles/role.schema.js';
import { MEMBERSHIPS, membershipSchema } from './membership.schema.js';
import { OrganizationFounding } from './organization-founding.js';
import { PersonalOrganizations } from './personal-organizations.js';
import { Standings } from './standings.js';

/** Who belongs to which organisation, with which role. */
@Module({
  imports: [
    MongooseModule.forFeature([
      { name: ORGANIZATIONS, schema: organizationSchema },
      { name: ROLES, schema: roleSchema },
      { name: MEMBERSHIPS, schema: membershipSchema },
    ]),
  ],
  providers: [Standings, OrganizationFounding, PersonalOrganizations],
  exports: [MongooseModule, Standings, OrganizationFounding, PersonalOrganizations],
})
export class MembershipsModule {}
