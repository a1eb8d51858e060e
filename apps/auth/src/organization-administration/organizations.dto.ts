import { z } from 'zod';
import { organizationId } from '../organizations/organizations.dto.js';
import { type Organization, organizationKinds } from '../organizations/organization.schema.js';
import type { Role } from '../roles/role.schema.js';

const unseen = /[\p{Cc}\p{Cf}\u2028\u2029]/u;
const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine((text) => !unseen.test(text), { error: 'holds characters that cannot be seen' });

export const newOrganization = z.strictObject({ name }).meta({ id: 'NewOrganization', examples: [{ name: 'Acme' }] });
export type NewOrganizationDto = z.infer<typeof newOrganization>;

export const organizationChange = z
  .strictObject({ org_id: organizationId.optional(), name })
  .meta({ id: 'OrganizationChange', examples: [{ name: 'Acme Ltd' }] });
export type OrganizationChange = z.infer<typeof organizationChange>;

export const organizationStatus = z
  .strictObject({ status: z.enum(['active', 'suspended']) })
  .meta({ id: 'OrganizationStatusChange', examples: [{ status: 'suspended' }] });
export type OrganizationStatusChange = z.infer<typeof organizationStatus>;

export const organizationDto = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(organizationKinds),
    status: z.enum(['active', 'suspended']),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    user_role: z
      .object({ role_id: z.string(), role_name: z.string(), level: z.int() })
      .nullable()
      .meta({ description: 'What you are there' }),
  })
  .meta({ id: 'Organization' });
export type OrganizationDto = z.infer<typeof organizationDto>;

export const organizationList = z.object({ data: z.array(organizationDto) }).meta({ id: 'OrganizationList' });
export type OrganizationList = z.infer<typeof organizationList>;

export const toOrganizationDto = (organization: Organization, role?: Role): OrganizationDto => ({
  id: organization._id,
  name: organization.name,
  kind: organization.kind,
  status: organization.status === 'suspended' ? 'suspended' : 'active',
  created_at: organization.created_at.toISOString(),
  updated_at: organization.updated_at.toISOString(),
  user_role: role ? { role_id: role._id, role_name: role.name, level: role.hierarchy_level } : null,
});
