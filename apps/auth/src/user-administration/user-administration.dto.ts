import { pageQuery } from '@parley/platform';
import { z } from 'zod';
import { platformRoles, type User } from '../users/user.schema.js';
import { toUserDto, userDto } from '../users/users.dto.js';

/** A user, as shown to administrators and support. */
export const administeredUser = userDto
  .extend({ platform_role: z.enum(platformRoles), created_at: z.iso.datetime(), updated_at: z.iso.datetime() })
  .meta({ id: 'AdministeredUser' });
export type AdministeredUser = z.infer<typeof administeredUser>;

export const administeredUserList = z
  .object({ data: z.array(administeredUser), next_cursor: z.string().nullable() })
  .meta({ id: 'AdministeredUserList' });
export type AdministeredUserList = z.infer<typeof administeredUserList>;

export const usersQuery = z.strictObject({
  q: z
    .string()
    .max(254)
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .optional()
    .meta({ description: 'How the e-mail address or the username begins' }),
  ...pageQuery,
});
export type UsersQuery = z.infer<typeof usersQuery>;

export const userChange = z
  .strictObject({ platform_role: z.enum(platformRoles).optional(), status: z.enum(['active', 'suspended']).optional() })
  .refine((change) => Object.keys(change).length > 0, { error: 'Send platform_role, status or both.' })
  .meta({
    id: 'UserChange',
    examples: [{ platform_role: 'support' }, { status: 'suspended' }, { platform_role: 'user', status: 'active' }],
  });
export type UserChange = z.infer<typeof userChange>;

export const toAdministeredUser = (user: User): AdministeredUser => ({
  ...toUserDto(user),
  platform_role: user.platform_role,
  created_at: user.created_at.toISOString(),
  updated_at: user.updated_at.toISOString(),
});
