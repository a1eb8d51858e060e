import { membershipStates } from '@parley/contracts';
import { pageQuery } from '@parley/platform';
import { z } from 'zod';
import type { Membership } from '../memberships/membership.schema.js';
import { organizationId } from '../organizations/organizations.dto.js';
import type { Role } from '../roles/role.schema.js';
import type { User } from '../users/user.schema.js';

export const roleId = z.string().regex(/^[a-z0-9_]{1,100}$/, 'is not the form of a role id');
const exampleRole = 'role_1f0c9d2e7b6a4853a1d2c3b4e5f60718';

/** A member, as the others see them. */
export const memberDto = z
  .object({
    user_id: z.string(),
    org_id: z.string(),
    email: z.string(),
    username: z.string(),
    first_name: z.string(),
    last_name: z.string(),
    role: z.object({ id: z.string(), name: z.string(), hierarchy_level: z.int() }),
    status: z.enum(membershipStates),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'Member' });
export type MemberDto = z.infer<typeof memberDto>;

export const memberList = z
  .object({ data: z.array(memberDto), next_cursor: z.string().nullable() })
  .meta({ id: 'MemberList' });
export type MemberList = z.infer<typeof memberList>;

export const membersQuery = z.strictObject({ org_id: organizationId.optional(), ...pageQuery });
export type MembersQuery = z.infer<typeof membersQuery>;

export const memberChange = z
  .strictObject({
    org_id: organizationId.optional(),
    role_id: roleId.optional(),
    status: z.enum(['active', 'suspended']).optional(),
  })
  .refine(({ role_id, status }) => role_id !== undefined || status !== undefined, {
    error: 'Send role_id, status or both.',
  })
  .meta({ id: 'MemberChange', examples: [{ status: 'suspended' }, { role_id: exampleRole }] });
export type MemberChange = z.infer<typeof memberChange>;

export const roleAssignment = z
  .strictObject({ org_id: organizationId.optional(), role_id: roleId })
  .meta({ id: 'RoleAssignment', examples: [{ role_id: exampleRole }] });
export type RoleAssignment = z.infer<typeof roleAssignment>;

export const transfer = z
  .strictObject({ org_id: organizationId.optional(), user_id: z.string().min(1).max(100) })
  .meta({ id: 'OwnershipTransfer', examples: [{ user_id: 'usr_1f0c9d2e7b6a4853a1d2c3b4e5f60718' }] });
export type Transfer = z.infer<typeof transfer>;

export const toMemberDto = (membership: Membership, role: Role, user: User): MemberDto => ({
  user_id: membership.user_id,
  org_id: membership.org_id,
  email: user.email,
  username: user.username,
  first_name: user.first_name,
  last_name: user.last_name,
  role: { id: role._id, name: role.name, hierarchy_level: role.hierarchy_level },
  status: membership.status,
  created_at: membership.created_at.toISOString(),
  updated_at: membership.updated_at.toISOString(),
});
