import { isPermission, isPermissionPattern } from '@parley/auth';
import { z } from 'zod';
import { organizationId } from '../organizations/organizations.dto.js';
import { permissionsOfRole, type Role } from '../roles/role.schema.js';

const org_id = organizationId.optional();
const unseen = /[\p{Cc}\p{Cf}\u2028\u2029]/u;
const visible = (most: number) =>
  z
    .string()
    .trim()
    .max(most)
    .refine((text) => !unseen.test(text), { error: 'holds characters that cannot be seen' });
const pattern = z.string().max(65).refine(isPermissionPattern, { error: 'is not resource:action' });
const model = z
  .string()
  .max(200)
  .regex(/^[\w.:/@+*-]+$/, 'is not the form of a model id, with * for any run of characters')
  .refine((text) => text.split('*').length <= 4, { error: 'has more than three stars' });

const fields = {
  name: visible(60).min(1),
  description: visible(500),
  /** Which levels there are is said in the hierarchy's own refusal. */
  hierarchy_level: z.number().refine(Number.isInteger, { error: 'is not a whole number' }),
  permissions: z.array(pattern).max(100),
  models: z.array(model).max(100).nullable().meta({ description: 'Ids with `*` for any run of characters; null: all' }),
};

export const newRole = z
  .strictObject({ org_id, ...fields, description: fields.description.default(''), models: fields.models.default(null) })
  .meta({
    id: 'NewRole',
    examples: [
      { name: 'Editor', hierarchy_level: 40, permissions: ['chat:*', 'models:read'], models: ['parley-*'] },
      { name: 'Reader', hierarchy_level: 15, permissions: ['chat:read'], description: 'Reads along' },
    ],
  });
export type NewRole = z.infer<typeof newRole>;

export const roleChange = z
  .strictObject({ org_id, ...z.object(fields).partial().shape })
  .meta({ id: 'RoleChange', examples: [{ permissions: ['chat:read'] }, { name: 'Author', hierarchy_level: 41 }] });
export type RoleChange = z.infer<typeof roleChange>;

export const roleDto = z
  .object({
    id: z.string(),
    org_id: z.string(),
    name: z.string(),
    description: z.string(),
    hierarchy_level: z.int(),
    is_system_role: z.boolean(),
    permissions: z.array(z.string()),
    models: z.array(z.string()).nullable(),
  })
  .meta({ id: 'Role' });
export type RoleDto = z.infer<typeof roleDto>;

export const roleList = z.object({ data: z.array(roleDto) }).meta({ id: 'RoleList' });
export type RoleList = z.infer<typeof roleList>;

export const orgQuery = z.strictObject({ org_id });

export const toRoleDto = (role: Role): RoleDto => ({
  id: role._id,
  org_id: role.org_id,
  name: role.name,
  description: role.description,
  hierarchy_level: role.hierarchy_level,
  is_system_role: role.is_system_role,
  permissions: [...permissionsOfRole(role)],
  models: role.models,
});

const part = z.string().max(32);
export const newPermission = z
  .strictObject({ org_id, resource: part, action: part, description: visible(500).default('') })
  .refine(({ resource, action }) => isPermission(`${resource}:${action}`), { error: 'is not resource:action' })
  .meta({ id: 'NewPermission', examples: [{ resource: 'kb', action: 'read', description: 'Read knowledge base' }] });
export type NewPermission = z.infer<typeof newPermission>;

export const permissionEntry = z
  .object({
    id: z.string().nullable().meta({ description: 'Null for those of the product, which nobody deletes' }),
    permission: z.string(),
    resource: z.string(),
    action: z.string(),
    description: z.string(),
    scope: z.enum(['organization', 'platform', 'both']),
  })
  .meta({ id: 'PermissionEntry' });
export type PermissionEntryDto = z.infer<typeof permissionEntry>;

export const permissionList = z.object({ data: z.array(permissionEntry) }).meta({ id: 'PermissionList' });
export type PermissionList = z.infer<typeof permissionList>;
